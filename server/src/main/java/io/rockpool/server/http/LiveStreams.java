package io.rockpool.server.http;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The open streams of server-sent events (WHATWG HTML, 9.2): how many each account has, and how one
 * is written.
 */
final class LiveStreams {
  /** One open stream. Ending it interrupts the thread that serves it, and never a later task. */
  final class Place implements AutoCloseable {
    private final String account;
    private @Nullable Thread thread = Thread.currentThread();

    private Place(String account) {
      this.account = account;
    }

    /** Ends the stream, from any thread. */
    void end() {
      synchronized (this) {
        if (thread != null) {
          thread.interrupt();
        }
      }
    }

    @Override
    public void close() {
      synchronized (this) {
        thread = null;
        var _ = Thread.interrupted(); // was meant for the stream, which is over
      }
      leave(this);
    }
  }

  private final HttpLimits limits;
  private final Set<Place> places = new HashSet<>();
  private final Map<String, Integer> byAccount = new HashMap<>();
  private boolean stopping;

  LiveStreams(HttpLimits limits) {
    this.limits = limits;
  }

  /** What came of asking for a place. */
  sealed interface Seat {}

  record Taken(Place place) implements Seat {}

  record Full(Problem problem) implements Seat {}

  /** Takes a place for the calling thread, or says why there is none. */
  synchronized Seat take(String account) {
    if (stopping) {
      return new Full(
          Problem.Kind.OVERLOADED.detail("This server is stopping. Connect again in a moment."));
    }
    if (places.size() >= limits.streams()) {
      return new Full(
          Problem.Kind.OVERLOADED.detail(
              "No more live streams can be served now. Try again later, or ask without Accept:"
                  + " text/event-stream."));
    }
    if (byAccount.getOrDefault(account, 0) >= limits.streamsPerAccount()) {
      return new Full(
          Problem.Kind.RATE_LIMITED.detail(
              "This account has %d live streams open, which is the limit. Close one first."
                  .formatted(limits.streamsPerAccount())));
    }
    var place = new Place(account);
    places.add(place);
    byAccount.merge(account, 1, Integer::sum);
    return new Taken(place);
  }

  private synchronized void leave(Place place) {
    if (places.remove(place)) {
      byAccount.computeIfPresent(place.account, (_, count) -> count == 1 ? null : count - 1);
    }
  }

  /** Ends all, and takes no more. */
  synchronized void stop() {
    stopping = true;
    places.forEach(Place::end);
  }

  synchronized int open() {
    return places.size();
  }

  /**
   * Writes events until the source ends.
   *
   * @throws IOException when the client is gone
   * @throws InterruptedException when the place was ended
   */
  void write(EventSource source, OutputStream out) throws IOException, InterruptedException {
    send(out, ": open\n\n"); // the client sees at once that it is connected
    while (true) {
      switch (source.next(limits.heartbeat())) {
        case EventSource.Event event -> send(out, text(event));
        case EventSource.Silence _ -> send(out, ":\n\n");
        case EventSource.End _ -> {
          return;
        }
      }
      if (Thread.interrupted()) {
        throw new InterruptedException("the stream was ended");
      }
    }
  }

  /** Tells the reader of a stream that its source broke. */
  void write(Problem problem, OutputStream out) throws IOException {
    send(out, "event: problem\ndata: " + problem.json() + "\n\n");
  }

  private static String text(EventSource.Event event) {
    // JSON has no line ends of its own: they are escaped
    return "id: %s\nevent: %s\ndata: %s\n\n"
        .formatted(event.id(), event.name(), Json.MAPPER.writeValueAsString(event.data()));
  }

  private static void send(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
    out.flush();
  }
}
