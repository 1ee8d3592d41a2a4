package io.rockpool.server.instance;

import static io.rockpool.server.http.Route.Method.POST;
import static io.rockpool.server.http.Route.Scope.OPERATE;

import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.Goal;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.openclaw.AgentTemplate;
import io.rockpool.control.openclaw.Gateway;
import io.rockpool.control.openclaw.Message;
import io.rockpool.control.sleep.Activity;
import io.rockpool.control.sleep.Waker;
import io.rockpool.edge.Turns;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import io.rockpool.server.http.EventSource;
import io.rockpool.server.http.Problem;
import io.rockpool.server.http.Problem.Kind;
import io.rockpool.server.http.Reply;
import io.rockpool.server.http.Route;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/** {@code POST /api/v1/instances/{id}/messages}: say something, and read the answer. */
public final class MessageRoutes {
  /** A gateway tries a failing model for up to five minutes by itself (measured). */
  private static final Duration ANSWER = Duration.ofMinutes(6);

  private static final String MAIN = "main";
  private static final int LONGEST = 100_000;
  private static final Duration STARTING = Duration.ofMinutes(3);

  /**
   * @param text what is said; 1 to 100,000 characters
   * @param conversation names a conversation, which keeps its history: 1 to 64 letters, digits,
   *     dots, dashes and underscores; {@code main} by default
   */
  public record Say(String id, String text, Optional<String> conversation) {
    public Say {
      if (text.isBlank() || text.length() > LONGEST) {
        throw new IllegalArgumentException("a message has 1 to %,d characters".formatted(LONGEST));
      }
      var _ = new Message(AgentTemplate.SINGLE, conversation.orElse(MAIN), text); // its rules
    }
  }

  /** What it answered. */
  public record Said(String reply, String conversation, Usage usage) {}

  /** Tokens, as the model counted them; 0 where it did not. */
  public record Usage(long inputTokens, long outputTokens) {}

  /** A piece of an answer that is still being written. */
  public record Delta(String text) {}

  private final Waker waker;
  private final Activity activity;
  private final Turns turns;
  private final Gateway gateway;
  private final Function<InstanceId, Secret> password;

  /**
   * @param password of an instance's gateway
   */
  public MessageRoutes(
      Waker waker,
      Activity activity,
      Turns turns,
      Gateway gateway,
      Function<InstanceId, Secret> password) {
    this.waker = waker;
    this.activity = activity;
    this.turns = turns;
    this.gateway = gateway;
    this.password = password;
  }

  public List<Route<?, ?>> routes() {
    return List.of(
        new Route<>(
                POST,
                "/api/v1/instances/{id}/messages",
                "Say something to an instance and get its answer; piece by piece with Accept: text/event-stream.",
                Say.class,
                Said.class,
                Set.of(
                    Kind.UNKNOWN_INSTANCE,
                    Kind.NOT_RUNNING,
                    Kind.INSTANCE_STOPPED,
                    Kind.PAYMENT_REQUIRED,
                    Kind.WAKING,
                    Kind.GATEWAY_REFUSED,
                    Kind.GATEWAY_UNREACHABLE),
                OPERATE,
                this::say)
            .live(Delta.class, this::sayLive));
  }

  /** An answer, or why there is none. */
  public sealed interface Result {
    record Answered(Said said) implements Result {}

    record Failed(Problem problem) implements Result {}
  }

  private Reply<Said> say(Actor actor, Say say) {
    return switch (ask(actor, say, _ -> {})) {
      case Result.Answered(var said) -> new Reply.Ok<>(said);
      case Result.Failed(var problem) -> new Reply.Refused<>(problem);
    };
  }

  private Reply<Said> sayLive(Actor actor, Say say) {
    return new Reply.Live<>(new Answering(actor, say));
  }

  /** Says it, once the instance runs; one that sleeps is woken. */
  public Result ask(Actor actor, Say say, Consumer<String> onText) {
    if (!InstanceId.isValid(say.id())) {
      return new Result.Failed(Problem.unknownInstance("…"));
    }
    var id = new InstanceId(say.id());
    try {
      return switch (waker.await(
          actor, id, "Message", "A message came for it.", say.text().length(), STARTING)) {
        case Waker.Awaited.Awake(var instance) -> {
          activity.began(id);
          try {
            yield inTurn(instance, say, onText);
          } finally {
            activity.ended(id);
          }
        }
        case Waker.Awaited.Down(var instance) -> new Result.Failed(notRunning(instance));
        case Waker.Awaited.Unknown _ -> new Result.Failed(Problem.unknownInstance(id.value()));
        case Waker.Awaited.Crowded _ ->
            new Result.Failed(
                Kind.WAKING.detail(
                    "Too many wait for the instance '%s' to wake up. Try again in a moment."
                        .formatted(id)));
        case Waker.Awaited.Late _ ->
            new Result.Failed(
                Kind.WAKING.detail(
                    "The instance '%s' is still on its way. Try again in a moment.".formatted(id)));
      };
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Result.Failed(Kind.OVERLOADED.detail("The server is stopping. Try again."));
    }
  }

  /** Why nothing can be said to an instance that does not run and does not wake. */
  public static Problem notRunning(Instance instance) {
    var hold = instance.term().hold();
    if (hold != null && instance.wanted().goal() == Goal.STOPPED) {
      return Kind.PAYMENT_REQUIRED.detail(hold.message());
    }
    var ready = instance.status().condition("Ready").map(it -> it.message()).orElse("");
    return instance.wanted().goal() == Goal.STOPPED
        ? Kind.INSTANCE_STOPPED.detail(
            "The owner of the instance '%1$s' stopped it. Start it with POST /api/v1/instances/%1$s/start."
                .formatted(instance.id()))
        : Kind.NOT_RUNNING.detail(
            "The instance '%s' %s. %s"
                .formatted(
                    instance.id(),
                    instance.status().phase() == Phase.FAILED ? "was given up" : "does not run",
                    ready));
  }

  private Result inTurn(Instance instance, Say say, Consumer<String> onText)
      throws InterruptedException {
    if (!turns.enter(instance.id())) {
      return new Result.Failed(
          Kind.OVERLOADED.detail(
              "The instance '%s' works on as many messages as it can. Send it again in a moment."
                  .formatted(instance.id())));
    }
    try {
      return answer(instance, say, onText);
    } finally {
      turns.leave(instance.id());
    }
  }

  private Result answer(Instance instance, Say say, Consumer<String> onText)
      throws InterruptedException {
    var address = instance.status().gateway();
    if (address == null) {
      return new Result.Failed(
          Kind.GATEWAY_UNREACHABLE.detail("The gateway has no address right now. Try again."));
    }
    var conversation = say.conversation().orElse(MAIN);
    var reply =
        gateway.say(
            address,
            password.apply(instance.id()),
            new Message(leader(instance), conversation, say.text()),
            onText,
            ANSWER);
    return switch (reply) {
      case io.rockpool.control.openclaw.Reply.Answered(var text, var usage) ->
          new Result.Answered(
              new Said(text, conversation, new Usage(usage.inputTokens(), usage.outputTokens())));
      case io.rockpool.control.openclaw.Reply.Unreachable(var advice) ->
          new Result.Failed(Kind.GATEWAY_UNREACHABLE.detail(advice));
      case io.rockpool.control.openclaw.Reply.Refused(_, var advice) ->
          new Result.Failed(Kind.GATEWAY_REFUSED.detail(advice));
      case io.rockpool.control.openclaw.Reply.Broken(_, var advice) ->
          new Result.Failed(Kind.GATEWAY_REFUSED.detail(advice));
    };
  }

  private static String leader(Instance instance) {
    var team = instance.wanted().agents();
    return team.isEmpty() ? AgentTemplate.SINGLE : team.getFirst();
  }

  /** Reads the answer on a thread of its own, so that a client that left ends it. */
  private final class Answering implements EventSource {
    private final BlockingQueue<Event> arrived = new LinkedBlockingQueue<>(1_024);
    private final Thread reader;
    private boolean ended;

    Answering(Actor actor, Say say) {
      reader =
          Thread.ofVirtual()
              .start(() -> {
                var result =
                    ask(actor, say, text -> offer(new Event("", "delta", new Delta(text))));
                offer(
                    switch (result) {
                      case Result.Answered(var said) -> new Event("", "reply", said);
                      case Result.Failed(var problem) -> new Event("", "problem", problem);
                    });
              });
    }

    private void offer(Event event) {
      try {
        arrived.put(event); // a slow client makes the gateway wait: back-pressure
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("the client left", e);
      }
    }

    @Override
    public Next next(Duration wait) throws InterruptedException {
      if (ended) {
        return new End();
      }
      var event = arrived.poll(wait.toMillis(), TimeUnit.MILLISECONDS);
      if (event == null) {
        return new Silence();
      }
      ended = !event.name().equals("delta");
      return event;
    }

    @Override
    public void close() {
      reader.interrupt();
    }
  }
}
