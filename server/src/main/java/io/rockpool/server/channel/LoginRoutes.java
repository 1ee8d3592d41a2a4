package io.rockpool.server.channel;

import static io.rockpool.server.http.Route.Method.POST;
import static io.rockpool.server.http.Route.Scope.OPERATE;

import io.rockpool.control.account.Actor;
import io.rockpool.control.channel.Connections;
import io.rockpool.control.channel.Connections.Entrance;
import io.rockpool.control.channel.Connections.Guide;
import io.rockpool.control.channel.Login;
import io.rockpool.control.instance.Instances;
import io.rockpool.control.sleep.Activity;
import io.rockpool.runtime.InstanceId;
import io.rockpool.server.http.EventSource;
import io.rockpool.server.http.Problem.Kind;
import io.rockpool.server.http.Reply;
import io.rockpool.server.http.Route;
import io.rockpool.server.model.Known;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** {@code POST …/channels/{cid}/login}: links an account by a code that a person scans. */
public final class LoginRoutes {
  /** Longer than a start, and then a first code. */
  private static final Duration FIRST = Duration.ofMinutes(5);

  public record LogIn(String id, String cid) {}

  /** How far a login is. */
  public enum State {
    /** The instance wakes, and asks the platform for a code. */
    WAKING,
    /** The code waits to be scanned. */
    WAITING,
    /** The account is linked. */
    CONNECTED,
    /** Nobody scanned a code for three minutes. */
    EXPIRED,
    /** It cannot be linked; the message says why. */
    FAILED
  }

  /**
   * @param state waking, waiting, connected, expired or failed
   * @param message for a person
   * @param code with waiting: a QR code as an image, {@code data:image/png;base64,…}, up to 16 KB;
   *     each replaces the one before
   */
  public record LoginView(State state, String message, Optional<String> code) {
    private static LoginView of(Login step) {
      return switch (step) {
        case Login.Waking _ ->
            new LoginView(
                State.WAKING, "The instance wakes, and asks for a code.", Optional.empty());
        case Login.Waiting(var code) ->
            new LoginView(
                State.WAITING,
                "Scan the code: on the phone, Settings, Linked devices, Link a device.",
                Optional.of(code));
        case Login.Connected(var self) ->
            new LoginView(
                State.CONNECTED,
                self.isEmpty() ? "It is linked." : "It is linked: %s.".formatted(self),
                Optional.empty());
        case Login.Expired _ ->
            new LoginView(
                State.EXPIRED,
                "Nobody scanned a code for three minutes. Ask for another one when the phone is at hand.",
                Optional.empty());
        case Login.Failed(var advice) -> new LoginView(State.FAILED, advice, Optional.empty());
      };
    }

    private boolean isLast() {
      return switch (state) {
        case WAKING, WAITING -> false;
        case CONNECTED, EXPIRED, FAILED -> true;
      };
    }
  }

  private final Instances instances;
  private final Connections connections;
  private final Activity activity;

  public LoginRoutes(Instances instances, Connections connections, Activity activity) {
    this.instances = instances;
    this.connections = connections;
    this.activity = activity;
  }

  public List<Route<?, ?>> routes() {
    return List.of(
        new Route<>(
                POST,
                "/api/v1/instances/{id}/channels/{cid}/login",
                "Link the account of a channel, or link it again, by a code that its owner scans; wakes the instance. Answers with the first code, or how it ended; with Accept: text/event-stream with each code and the end. Whoever asks meanwhile is told the same codes.",
                LogIn.class,
                LoginView.class,
                Set.of(Kind.UNKNOWN_INSTANCE, Kind.UNKNOWN_CHANNEL, Kind.CONFLICT, Kind.OVERLOADED),
                OPERATE,
                this::first)
            .live(LoginView.class, this::live));
  }

  private Reply<LoginView> first(Actor actor, LogIn wish) {
    return entered(
        actor,
        wish,
        (instance, guide) -> {
          try (var steps = new Steps(instance, guide)) {
            var step = steps.after(FIRST);
            return step.<Reply<LoginView>>map(Reply.Ok::new)
                .orElseGet(() ->
                    new Reply.Refused<>(
                        Kind.OVERLOADED.detail("There is no code so far. Try again in a moment.")));
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Reply.Refused<>(
                Kind.OVERLOADED.detail("The server is stopping. Try again."));
          }
        });
  }

  private Reply<LoginView> live(Actor actor, LogIn wish) {
    return entered(actor, wish, (instance, guide) -> new Reply.Live<>(new Steps(instance, guide)));
  }

  private interface With {
    Reply<LoginView> work(InstanceId instance, Guide guide);
  }

  private Reply<LoginView> entered(Actor actor, LogIn wish, With with) {
    return Known.instance(
        instances,
        actor,
        wish.id(),
        instance ->
            switch (connections.login(actor, instance.id(), wish.cid())) {
              case Entrance.Open(var guide) -> with.work(instance.id(), guide);
              case Entrance.Unknown _ -> ChannelRoutes.unknown(instance.id());
              case Entrance.Needless(var advice) ->
                  new Reply.Refused<>(Kind.CONFLICT.detail(advice));
            });
  }

  /** Goes through a login on a thread of its own, so that a client that left ends it. */
  private final class Steps implements EventSource {
    private final BlockingQueue<LoginView> arrived = new LinkedBlockingQueue<>();
    private final Thread guided;
    private boolean ended;

    Steps(InstanceId instance, Guide guide) {
      guided =
          Thread.ofVirtual()
              .name("login-" + instance)
              .start(() -> {
                activity.began(instance);
                try {
                  guide.run(step -> arrived.add(LoginView.of(step)));
                } catch (InterruptedException left) {
                  Thread.currentThread().interrupt();
                } catch (RuntimeException e) {
                  arrived.add(LoginView.of(new Login.Failed("Rockpool's log says why.")));
                  throw e;
                } finally {
                  activity.ended(instance);
                }
              });
    }

    /** What comes after waking. */
    Optional<LoginView> after(Duration patience) throws InterruptedException {
      var end = System.nanoTime() + patience.toNanos();
      while (true) {
        var step = arrived.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        if (step == null || step.state() != State.WAKING) {
          return Optional.ofNullable(step);
        }
      }
    }

    @Override
    public Next next(Duration wait) throws InterruptedException {
      if (ended) {
        return new End();
      }
      var step = arrived.poll(wait.toNanos(), TimeUnit.NANOSECONDS);
      if (step == null) {
        return new Silence();
      }
      ended = step.isLast();
      return new Event("", step.state().name().toLowerCase(Locale.ROOT), step);
    }

    @Override
    public void close() {
      guided.interrupt();
    }
  }
}
