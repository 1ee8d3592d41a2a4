package io.rockpool.server.instance;

import static io.rockpool.server.http.Route.Method.GET;
import static io.rockpool.server.http.Route.Scope.READ;

import io.rockpool.control.account.Actor;
import io.rockpool.control.event.Events;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.Instances;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.InstanceLogs;
import io.rockpool.runtime.LogPage;
import io.rockpool.runtime.RuntimeDriver;
import io.rockpool.server.http.Cursor;
import io.rockpool.server.http.EventSource;
import io.rockpool.server.http.LastEventId;
import io.rockpool.server.http.Limit;
import io.rockpool.server.http.Problem;
import io.rockpool.server.http.Problem.Kind;
import io.rockpool.server.http.Reply;
import io.rockpool.server.http.Route;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Events and logs of an instance, as pages or live. */
public final class StreamRoutes {
  /** How often a live log looks for new lines. */
  private static final Duration LOOK = Duration.ofMillis(250);

  /**
   * @param progress 0 to 100 while the instance is on its way to something
   */
  public record EventView(
      long id, Instant time, String kind, Optional<Integer> progress, String message) {
    static EventView of(io.rockpool.control.event.Event event) {
      return new EventView(
          event.id(),
          event.time(),
          event.kind(),
          Optional.ofNullable(event.progress()),
          event.message());
    }
  }

  public record EventPage(List<EventView> items, Optional<String> next) {}

  public record LogLine(String line) {}

  /**
   * @param next the cursor of what follows; there may be nothing yet
   */
  public record LogLines(List<LogLine> items, String next) {}

  public record Read(
      String id,
      Optional<Limit> limit,
      Optional<Cursor> cursor,
      Optional<LastEventId> lastEventId) {}

  private final Instances instances;
  private final Events events;
  private final Map<String, RuntimeDriver> drivers;

  public StreamRoutes(Instances instances, Events events, Map<String, RuntimeDriver> drivers) {
    this.instances = instances;
    this.events = events;
    this.drivers = Map.copyOf(drivers);
  }

  public List<Route<?, ?>> routes() {
    return List.of(
        new Route<>(
                GET,
                "/api/v1/instances/{id}/events",
                "What happened to an instance, oldest first; live with Accept: text/event-stream.",
                Read.class,
                EventPage.class,
                Set.of(Kind.UNKNOWN_INSTANCE),
                READ,
                this::events)
            .live(EventView.class, this::liveEvents),
        new Route<>(
                GET,
                "/api/v1/instances/{id}/logs",
                "The output of an instance, oldest first; live with Accept: text/event-stream.",
                Read.class,
                LogLines.class,
                Set.of(Kind.UNKNOWN_INSTANCE, Kind.CONFLICT),
                READ,
                this::logs)
            .live(LogLine.class, this::liveLogs));
  }

  private Reply<EventPage> events(Actor actor, Read read) {
    return found(
        actor,
        read.id(),
        instance -> {
          int limit = Limit.of(read.limit());
          var after = read.cursor().map(Cursor::at).orElse(0L);
          var page = events.after(instance.id(), after, limit + 1);
          var shown = page.subList(0, Math.min(limit, page.size()));
          var next =
              page.size() > limit
                  ? Optional.of(new Cursor(shown.getLast().id(), "event").text())
                  : Optional.<String>empty();
          return new Reply.Ok<>(new EventPage(shown.stream().map(EventView::of).toList(), next));
        });
  }

  private Reply<EventPage> liveEvents(Actor actor, Read read) {
    return found(
        actor,
        read.id(),
        instance -> new Reply.Live<>(new EventStream(actor, instance.id(), start(read))));
  }

  private Reply<LogLines> logs(Actor actor, Read read) {
    return logged(
        actor,
        read.id(),
        (instance, logs) -> {
          int limit = Limit.of(read.limit());
          var page =
              read.cursor()
                  .map(it -> logs.read(instance.id(), Math.max(0, it.at()), limit))
                  .orElseGet(() -> logs.tail(instance.id(), limit));
          return new Reply.Ok<>(
              new LogLines(
                  page.lines().stream().map(LogLine::new).toList(),
                  new Cursor(page.next(), "log").text()));
        });
  }

  private Reply<LogLines> liveLogs(Actor actor, Read read) {
    return logged(
        actor,
        read.id(),
        (instance, logs) ->
            new Reply.Live<>(
                new LogStream(actor, instance.id(), logs, start(read), Limit.of(read.limit()))));
  }

  private static long start(Read read) {
    var last = read.lastEventId().map(LastEventId::value).orElse("");
    if (last.matches("[0-9]{1,18}")) {
      return Long.parseLong(last);
    }
    return read.cursor().map(Cursor::at).orElse(-1L);
  }

  private interface With<A> {
    Reply<A> work(Instance instance);
  }

  private interface WithLogs<A> {
    Reply<A> work(Instance instance, InstanceLogs logs);
  }

  private <A> Reply<A> found(Actor actor, String id, With<A> with) {
    return InstanceRoutes.known(
        id,
        known ->
            instances
                .find(actor, known)
                .map(with::work)
                .orElseGet(() -> new Reply.Refused<>(Problem.unknownInstance(id))));
  }

  private <A> Reply<A> logged(Actor actor, String id, WithLogs<A> with) {
    return found(
        actor,
        id,
        instance ->
            drivers.get(instance.wanted().runtime()) instanceof InstanceLogs logs
                ? with.work(instance, logs)
                : new Reply.Refused<>(
                    Kind.CONFLICT.detail(
                        "The runtime '%s' keeps no logs.".formatted(instance.wanted().runtime()))));
  }

  /** Ends when the instance is gone, or no longer to be seen. */
  private final class EventStream implements EventSource {
    private final Actor actor;
    private final InstanceId id;
    private final ArrayDeque<EventView> waiting = new ArrayDeque<>();
    private long after;

    EventStream(Actor actor, InstanceId id, long after) {
      this.actor = actor;
      this.id = id;
      this.after = Math.max(0, after);
    }

    @Override
    public Next next(Duration wait) throws InterruptedException {
      if (waiting.isEmpty()) {
        var turn = wait.compareTo(Duration.ofSeconds(1)) < 0 ? wait : Duration.ofSeconds(1);
        for (var left = wait; waiting.isEmpty() && left.isPositive(); left = left.minus(turn)) {
          events.await(id, after, Limit.MOST, turn).stream()
              .map(EventView::of)
              .forEach(waiting::add);
          if (waiting.isEmpty() && instances.find(actor, id).isEmpty()) {
            return new End();
          }
        }
      }
      var event = waiting.poll();
      if (event == null) {
        return new Silence();
      }
      after = event.id();
      return new EventSource.Event(Long.toString(event.id()), "event", event);
    }

    @Override
    public void close() {}
  }

  /** Ends when the instance is gone, or no longer to be seen. */
  private final class LogStream implements EventSource {
    private final Actor actor;
    private final InstanceId id;
    private final InstanceLogs logs;
    private final ArrayDeque<String> waiting = new ArrayDeque<>();
    private long position;
    private long behind;

    LogStream(Actor actor, InstanceId id, InstanceLogs logs, long position, int first) {
      this.actor = actor;
      this.id = id;
      this.logs = logs;
      this.position = position;
      if (position < 0) {
        take(logs.tail(id, first));
      }
    }

    private void take(LogPage page) {
      behind = position;
      waiting.addAll(page.lines());
      position = page.next();
    }

    @Override
    public Next next(Duration wait) throws InterruptedException {
      for (var left = wait; waiting.isEmpty() && left.isPositive(); left = left.minus(LOOK)) {
        take(logs.read(id, position, Limit.MOST));
        if (waiting.isEmpty()) {
          if (instances.find(actor, id).isEmpty()) {
            return new End();
          }
          Thread.sleep(LOOK);
        }
      }
      var line = waiting.poll();
      // Only the end of a page has a position. A client that reconnects within one gets it again
      // (for -1 the newest lines): rather a line twice than never.
      return line == null
          ? new Silence()
          : new EventSource.Event(
              Long.toString(waiting.isEmpty() ? position : behind), "log", new LogLine(line));
    }

    @Override
    public void close() {}
  }
}
