package io.rockpool.edge.model;

import io.rockpool.control.money.Money;
import io.rockpool.control.usage.Ask;
import io.rockpool.control.usage.Ledger.Patience;
import io.rockpool.control.usage.Price;
import io.rockpool.control.usage.Settlement;
import io.rockpool.control.usage.Settlement.Outcome;
import io.rockpool.control.usage.Tokens;
import io.rockpool.control.usage.Verdict;
import io.rockpool.control.vault.VaultException;
import io.rockpool.edge.model.ModelKeys.Holder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Currency;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.eclipse.jetty.http.HttpHeader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One call: what is asked, whether a budget covers it, and on its way or refused. */
final class ModelCall {
  private static final Logger log = LoggerFactory.getLogger(ModelCall.class);
  private static final Currency ANY_CURRENCY = Money.currency("USD");
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
      return unmetered();
    }
    try (var body =
        RequestBody.read(
            caller.request(), ground.limits().bodyBytes(), ground.bodies(), holder.instance())) {
      onlyTheProviderIsSlow();
      var asked = ModelRequest.read(api, body.bytes());
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
    } catch (VaultException e) {
      return Optional.of(
          ModelError.unavailable(
              "The key of this model's provider cannot be read now. Rockpool's log says why.",
              Duration.ofSeconds(10)));
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
    if (holder.held().isPresent()) {
      return refused(asked, LimitRefusal.held(holder.held().get()));
    }
    var upstreams = upstreams(asked.model());
    if (upstreams.isEmpty()) {
      return Optional.of(ModelError.unknownModel(asked.model()));
    }
    if (isUnpriced(asked.model(), upstreams.getFirst())) {
      return refused(asked, LimitRefusal.unpriced(asked.model()));
    }
    var reservation = ground.ledger().reserve(() -> ask(asked, upstreams.getFirst()), patience());
    return switch (reservation.verdict()) {
      case Verdict.Granted granted when granted.isBound() && asked.files() > 0 -> {
        // Whether it is a page or a thousand shows on the bill: nothing that is set aside covers
        // it.
        ground
            .ledger()
            .settle(
                reservation.ask(),
                new Settlement(Outcome.REFUSED, null, null, 0, false, Tokens.NONE));
        yield Optional.of(
            ModelError.badRequest(
                "A budget or a day's tokens limits this call, and it names a file by its address or number, so that nobody knows how long that is. Send the file itself, in base64."));
      }
      case Verdict.Granted granted -> {
        var metered = new ModelPassage.Metered(asked, reservation.ask(), granted, body, began);
        yield new ModelPassage(ground, caller, metered).pass(upstreams);
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
        yield refused(asked, LimitRefusal.unpriced(asked.model(), budget));
      }
      case Verdict.Unbookable _ ->
          Optional.of(
              ModelError.unavailable(
                  "Rockpool cannot write its books now, so it calls no model. Its operator must look after the database; its log says more.",
                  Duration.ofSeconds(10)));
      case Verdict.Busy _, Verdict.Wait _ ->
          Optional.of(
              ModelError.unavailable(
                  "Other calls in flight hold the rest of the budget. Try again in a few seconds.",
                  Duration.ofSeconds(5)));
    };
  }

  /** Whether it would use tokens at the operator's cost for nothing, and must not. */
  private boolean isUnpriced(String model, ModelUpstream upstream) {
    return ground.limits().refusesUnpriced()
        && api.usesTokens()
        && price(ground.prices().at(model, ground.clock().instant()), upstream).isEmpty();
  }

  private List<ModelUpstream> upstreams(String model) {
    return ground.upstreams().of(holder.accountId(), api.dialect().protocol(), model);
  }

  /** What models there are: those that Rockpool knows by name, or what their only provider says. */
  private Optional<ModelError> unmetered() throws InterruptedException {
    var names = ground.upstreams().models(holder.accountId(), api.dialect().protocol());
    if (api.isOfOneModel()) {
      return oneModel(names);
    }
    var upstreams = upstreams("");
    return names.isEmpty() && !upstreams.isEmpty()
        ? new ModelPassage(ground, caller, null).pass(upstreams)
        : answer(ModelList.body(api.dialect(), names));
  }

  private Optional<ModelError> oneModel(List<String> names) throws InterruptedException {
    var model = caller.model();
    if (model.isPresent() && names.contains(model.get())) {
      return answer(ModelList.one(api.dialect(), model.get()));
    }
    var upstreams = model.map(this::upstreams).orElse(List.of());
    return upstreams.isEmpty()
        ? Optional.of(ModelError.unknownModel(model.orElse("")))
        : new ModelPassage(ground, caller, null).pass(upstreams);
  }

  private Optional<ModelError> answer(byte[] json) {
    var response = caller.response();
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
    response.write(true, ByteBuffer.wrap(json), caller.callback());
    return Optional.empty();
  }

  /** An instance waits, since it would only ask again; other clients want to know when to. */
  private Patience patience() {
    var most = ground.limits().patience();
    return new Patience(most, holder.own() ? most : Duration.ZERO);
  }

  /**
   * @param upstream that is asked first
   */
  private Ask ask(ModelRequest asked, ModelUpstream upstream) {
    var now = ground.clock().instant();
    if (!api.usesTokens()) {
      return new Ask(
          id,
          holder.instance(),
          holder.accountId(),
          holder.keyId(),
          asked.model(),
          0,
          0,
          0,
          false,
          Optional.of(Price.free(ANY_CURRENCY)));
    }
    var estimates = ground.estimates();
    long one =
        api == Api.EMBEDDINGS ? 0 : asked.written() > 0 ? asked.written() : upstream.maxTokens();
    return new Ask(
        id,
        holder.instance(),
        holder.accountId(),
        holder.keyId(),
        asked.model(),
        estimates.read(asked),
        one * asked.choices(),
        Math.min(one, estimates.written(asked.model())) * asked.choices(),
        !estimates.knows(asked),
        price(ground.prices().at(asked.model(), now), upstream));
  }

  /** What an account pays to its own provider is no business of budgets. */
  private static Optional<Price> price(Optional<Price> price, ModelUpstream upstream) {
    return switch (upstream.payer()) {
      case OPERATOR -> price;
      case ACCOUNT -> Optional.of(Price.free(price.map(Price::currency).orElse(ANY_CURRENCY)));
    };
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
