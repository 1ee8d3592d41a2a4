package io.rockpool.edge.model;

import io.rockpool.control.usage.Ask;
import io.rockpool.control.usage.Ledger.Patience;
import io.rockpool.control.usage.Verdict;
import io.rockpool.edge.model.ModelKeys.Holder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.eclipse.jetty.http.HttpHeader;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** One call: what is asked, whether a budget covers it, and on its way or refused. */
final class ModelCall {
  private static final Logger log = LoggerFactory.getLogger(ModelCall.class);
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String REFUSAL = "x-rockpool-refusal";

  private final ModelGateway.Ground ground;
  private final Caller caller;
  private final Api api;
  private final Holder holder;
  private final long began = System.nanoTime();

  /** By time: rows that come together lie together on the disk. */
  private final String id;

  ModelCall(ModelGateway.Ground ground, Caller caller) {
    this.ground = ground;
    this.caller = caller;
    this.api = caller.api();
    this.holder = caller.holder();
    this.id =
        "%012x%s"
            .formatted(
                ground.clock().millis(),
                UUID.randomUUID().toString().replace("-", "").substring(12));
  }

  /** Answers the request, or says by what error it is to be answered. */
  Optional<ModelError> run() throws InterruptedException, IOException {
    if (!api.isMetered()) {
      onlyTheProviderIsSlow();
      return new ModelPassage(ground, caller, null).pass("");
    }
    try (var body =
        RequestBody.read(
            caller.request(), ground.limits().bodyBytes(), ground.bodies(), holder.instance())) {
      onlyTheProviderIsSlow();
      var asked = ModelRequest.read(body.bytes());
      return metered(asked, body);
    } catch (RequestBody.Refused e) {
      return Optional.of(
          switch (e.problem) {
            case TOO_LONG -> ModelError.tooLong(ground.limits().bodyBytes());
            case NO_ROOM ->
                ModelError.unavailable(
                    "Too many long requests at once. Try again in a few seconds.",
                    Duration.ofSeconds(2));
          });
    } catch (ModelRequest.Unreadable e) {
      return Optional.of(ModelError.badRequest(String.valueOf(e.getMessage())));
    }
  }

  /** A client that is slow to ask is cut off; from here on the silence that counts is another's. */
  private void onlyTheProviderIsSlow() {
    caller.request().addIdleTimeoutListener(_ -> false);
  }

  private Optional<ModelError> metered(ModelRequest asked, RequestBody body)
      throws InterruptedException, IOException {
    var reservation = ground.ledger().reserve(() -> ask(asked), patience());
    return switch (reservation.verdict()) {
      case Verdict.Granted granted -> {
        body.replace(changed(asked, body.bytes(), granted));
        var metered = new ModelPassage.Metered(asked, reservation.ask(), body, began);
        yield new ModelPassage(ground, caller, metered).pass(asked.model());
      }
      case Verdict.Spent(_, var budget) -> refused(asked, LimitRefusal.of(budget));
      case Verdict.UsedUp usedUp ->
          refused(asked, LimitRefusal.of(usedUp, ground.clock().instant()));
      case Verdict.Throttled throttled -> refused(asked, LimitRefusal.of(throttled));
      case Verdict.Unpriced(_, var budget) -> {
        log.atWarn()
            .addKeyValue("instance", holder.instance())
            .addKeyValue("model", asked.model())
            .addKeyValue("currency", budget.amount().currency())
            .log(
                "a hard budget forbids calls of a model without a price or an exchange rate in its currency: set one");
        yield Optional.of(
            ModelError.unavailable(
                "This model has no price in %s, and a budget binds this instance. Its operator must set the price, or an exchange rate."
                    .formatted(budget.amount().currency()),
                Duration.ZERO));
      }
      case Verdict.Busy _, Verdict.Wait _ ->
          Optional.of(
              ModelError.unavailable(
                  "Other calls in flight hold the rest of the budget. Try again in a few seconds.",
                  Duration.ofSeconds(5)));
    };
  }

  /** An instance waits, since it would only ask again; other clients want to know when to. */
  private Patience patience() {
    var most = ground.limits().patience();
    return new Patience(most, holder.own() ? most : Duration.ZERO);
  }

  private Ask ask(ModelRequest asked) {
    var now = ground.clock().instant();
    var estimates = ground.estimates();
    long one =
        api == Api.EMBEDDINGS
            ? 0
            : asked.written() > 0
                ? asked.written()
                : ground.upstreams().apply(asked.model()).getFirst().maxTokens();
    return new Ask(
        id,
        holder.instance(),
        holder.accountId(),
        holder.keyId(),
        asked.model(),
        estimates.read(asked),
        one * asked.choices(),
        Math.min(one, estimates.written(asked.model())) * asked.choices(),
        !estimates.knows(asked.model()),
        ground.prices().at(asked.model(), now));
  }

  /** What the provider is sent: the limit that a budget sets, and the wish to be told the usage. */
  private byte[] changed(ModelRequest asked, byte[] body, Verdict.Granted granted) {
    var changes = new LinkedHashMap<String, String>();
    var one = granted.written() / asked.choices();
    if (granted.isBound()
        && api != Api.EMBEDDINGS
        && (asked.written() == 0 || one < asked.written())) {
      changes.put(limitName(asked, body), Long.toString(Math.max(1, one)));
    }
    if ((api == Api.CHAT || api == Api.COMPLETIONS) && asked.stream() && !asked.usage()) {
      changes.put("stream_options", withUsage(asked.raw(body, "stream_options")));
    }
    return asked.with(body, changes);
  }

  private String limitName(ModelRequest asked, byte[] body) {
    return switch (api) {
      case RESPONSES -> "max_output_tokens";
      case CHAT ->
          asked.raw(body, "max_completion_tokens") != null
                  || (asked.raw(body, "max_tokens") == null
                      && asked.model().matches("(o[1-9]|gpt-5).*"))
              ? "max_completion_tokens"
              : "max_tokens";
      default -> "max_tokens";
    };
  }

  private static String withUsage(@Nullable String options) {
    var all =
        options != null && JSON.readTree(options) instanceof ObjectNode given
            ? given
            : JSON.createObjectNode();
    return all.put("include_usage", true).toString();
  }

  /**
   * An instance's user is told where that helps; other clients get an error that they understand.
   */
  private Optional<ModelError> refused(ModelRequest asked, LimitRefusal refusal)
      throws IOException {
    caller.response().getHeaders().put(REFUSAL, refusal.limit().name().toLowerCase(Locale.ROOT));
    ground.watch().refused(asked.model(), holder.accountId(), refusal.limit());
    if (!holder.own() || !refusal.isSpoken() || !LimitRefusal.hasWords(api)) {
      if (refusal.isSpoken()) {
        caller.response().getHeaders().put("x-should-retry", "false");
      }
      return Optional.of(refusal.error(holder.own()));
    }
    var words = refusal.words(asked.chinese());
    var body = PlainAnswer.body(api, asked, words, id, ground.clock().instant());
    caller
        .response()
        .getHeaders()
        .put(HttpHeader.CONTENT_TYPE, asked.stream() ? "text/event-stream" : "application/json");
    caller.response().write(true, ByteBuffer.wrap(body), caller.callback());
    return Optional.empty();
  }
}
