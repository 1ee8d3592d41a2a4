package io.rockpool.edge.model;

import io.rockpool.control.usage.Ask;
import io.rockpool.control.usage.Budget;
import io.rockpool.control.usage.Settlement;
import io.rockpool.control.usage.Settlement.Outcome;
import io.rockpool.control.usage.Tokens;
import io.rockpool.control.usage.Verdict;
import io.rockpool.edge.model.ModelKeys.Holder;
import io.rockpool.edge.model.Providers.Answer;
import io.rockpool.edge.model.Providers.Unreachable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.UUID;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** One call, from the request's first byte to the answer's last. */
final class ModelCall {
  private static final Logger log = LoggerFactory.getLogger(ModelCall.class);
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String REFUSAL = "x-rockpool-refusal";
  private static final int HELD_BYTES = 64 << 10;
  private static final int LONGEST_ANSWER = 64 << 20;

  private final ModelGateway.Ground ground;
  private final Api api;
  private final Holder holder;
  private final Request request;
  private final Response response;
  private final Callback callback;
  private final long began = System.nanoTime();
  private final String id = UUID.randomUUID().toString().replace("-", "");

  ModelCall(
      ModelGateway.Ground ground,
      Api api,
      Holder holder,
      Request request,
      Response response,
      Callback callback) {
    this.ground = ground;
    this.api = api;
    this.holder = holder;
    this.request = request;
    this.response = response;
    this.callback = callback;
  }

  /** Answers the request, or says by what error it is to be answered. */
  Optional<ModelError> run() throws InterruptedException, IOException {
    if (!api.isMetered()) {
      return new Passage(new byte[0], null).pass("");
    }
    try (var body = RequestBody.read(request, ground.limits().bodyBytes(), ground.bodies())) {
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

  private Optional<ModelError> metered(ModelRequest asked, RequestBody body)
      throws InterruptedException, IOException {
    var reservation = ground.ledger().reserve(() -> ask(asked), ground.limits().patience());
    return switch (reservation.verdict()) {
      case Verdict.Granted granted -> {
        var changed = changed(asked, granted);
        yield new Passage(changed, new Metered(asked, reservation.ask(), body)).pass(asked.model());
      }
      case Verdict.Spent(_, var budget) -> refused(asked, budget);
      case Verdict.Unpriced(_, var budget) -> {
        log.atWarn()
            .addKeyValue("instance", holder.instance())
            .addKeyValue("model", asked.model())
            .addKeyValue("currency", budget.amount().currency())
            .log("a hard budget forbids calls of a model without a price in its currency: set one");
        yield Optional.of(
            ModelError.unavailable(
                "This model has no price in %s, and a budget binds this instance. Its operator must set the price."
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
  private byte[] changed(ModelRequest asked, Verdict.Granted granted) {
    var changes = new LinkedHashMap<String, String>();
    var one = granted.written() / asked.choices();
    if (granted.isBound()
        && api != Api.EMBEDDINGS
        && (asked.written() == 0 || one < asked.written())) {
      changes.put(limitName(asked), Long.toString(Math.max(1, one)));
    }
    if ((api == Api.CHAT || api == Api.COMPLETIONS) && asked.stream() && !asked.usage()) {
      changes.put("stream_options", withUsage(asked.raw("stream_options")));
    }
    return asked.with(changes);
  }

  private String limitName(ModelRequest asked) {
    return switch (api) {
      case RESPONSES -> "max_output_tokens";
      case CHAT ->
          asked.raw("max_completion_tokens") != null
                  || (asked.raw("max_tokens") == null && asked.model().matches("(o[1-9]|gpt-5).*"))
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

  /** An instance's user is told; other clients get an error that they understand. */
  private Optional<ModelError> refused(ModelRequest asked, Budget budget) throws IOException {
    response.getHeaders().put(REFUSAL, "budget");
    ground.watch().refused(asked.model(), holder.accountId());
    if (!holder.own() || !SpokenRefusal.isFor(api)) {
      response.getHeaders().put("x-should-retry", "false");
      return Optional.of(
          new ModelError(
              // for an instance any word of payment would be worse than the refusal
              holder.own() ? HttpStatus.BAD_REQUEST_400 : HttpStatus.PAYMENT_REQUIRED_402,
              holder.own() ? "invalid_request_error" : "insufficient_quota",
              "budget_exceeded",
              SpokenRefusal.words(budget, false),
              Duration.ZERO));
    }
    var words = SpokenRefusal.words(budget, asked.chinese());
    var body = PlainAnswer.body(api, asked, words, id, ground.clock().instant());
    response
        .getHeaders()
        .put(HttpHeader.CONTENT_TYPE, asked.stream() ? "text/event-stream" : "application/json");
    response.write(true, ByteBuffer.wrap(body), callback);
    return Optional.empty();
  }

  /** A call that goes into the books. */
  private record Metered(ModelRequest asked, Ask ask, RequestBody body) {}

  /** The call on its way: from the provider that is asked to the last byte of the answer. */
  private final class Passage {
    private final byte[] body;
    private final @Nullable Metered metered;
    private Answered answered = new Answered(api);
    private @Nullable ModelUpstream upstream;
    private int attempts;
    private boolean settled;
    private boolean maybeCharged;
    private boolean clientLeft;
    private boolean begun;

    Passage(byte[] body, @Nullable Metered metered) {
      this.body = body;
      this.metered = metered;
    }

    /** Asks one provider after the other, until one answers well or says what no other can mend. */
    Optional<ModelError> pass(String model) throws InterruptedException {
      ModelRefusal refusal = ModelRefusal.silent();
      try {
        for (var next : ground.upstreams().apply(model)) {
          upstream = next;
          attempts++;
          answered = new Answered(api);
          var failed = attempt(next);
          if (failed.isEmpty()) {
            return Optional.empty();
          }
          refusal = failed.get();
          if (!refusal.mayAnotherHelp()) {
            break;
          }
        }
        if (maybeCharged) {
          settle(Outcome.BROKEN, Optional.empty());
        } else {
          settle(Outcome.REFUSED, Optional.of(Tokens.NONE));
        }
        return refusal.write(response, callback);
      } finally {
        settleAnyhow(); // whatever went wrong: what is never settled stays set aside
      }
    }

    /** Asks a provider and passes what it says; or tells why that could not be passed. */
    private Optional<ModelRefusal> attempt(ModelUpstream next) throws InterruptedException {
      try (var answer = ground.providers().ask(next, api, request.getHeaders(), body)) {
        if (!answer.isGood()) {
          return Optional.of(refusal(next, answer));
        }
        return answer.isStream() ? stream(answer) : whole(answer);
      } catch (Unreachable e) {
        log.atWarn()
            .addKeyValue("upstream", next.name())
            .addKeyValue("error", String.valueOf(e.getCause()))
            .log("the model provider did not answer");
        maybeCharged |= e.maybeRead;
        return Optional.of(ModelRefusal.silent());
      } catch (IOException e) {
        return broken(next, e);
      }
    }

    private Optional<ModelRefusal> broken(ModelUpstream next, IOException e) {
      log.atWarn()
          .addKeyValue("upstream", next.name())
          .addKeyValue("error", String.valueOf(e.getMessage()))
          .log("the model provider broke off its answer");
      if (!begun) {
        return Optional.of(ModelRefusal.silent());
      }
      settle(Outcome.BROKEN, Optional.empty());
      callback.failed(e); // cut, without an end: the client repeats the call
      return Optional.empty();
    }

    private ModelRefusal refusal(ModelUpstream next, Answer answer) throws IOException {
      var bytes = answer.body().readNBytes(HELD_BYTES);
      var refusal =
          ModelRefusal.of(
              answer.status(),
              bytes,
              answer.header(HttpHeader.CONTENT_TYPE),
              answer.header(HttpHeader.RETRY_AFTER));
      if (refusal.isForOperator()) {
        log.atWarn()
            .addKeyValue("upstream", next.name())
            .addKeyValue("status", answer.status())
            .log("the model provider refuses the operator: check the key, the URL and the bill");
      }
      return refusal;
    }

    private Optional<ModelRefusal> whole(Answer answer) throws IOException {
      var bytes = answer.body().readNBytes(LONGEST_ANSWER);
      try {
        answered.whole(JSON.readTree(bytes));
      } catch (JacksonException noJson) {
        // Passed on as it is: the client will say what it thinks of it.
      }
      settle(Outcome.ANSWERED, answered.tokens());
      head(answer);
      response.write(true, ByteBuffer.wrap(bytes), callback);
      return Optional.empty();
    }

    private Optional<ModelRefusal> stream(Answer answer) throws IOException {
      var events = new ServerSentEvents();
      var part = new byte[16 << 10];
      var in = answer.body();
      try (var drain = new Drain(answer)) {
        for (int read = in.read(part); read >= 0; read = in.read(part)) {
          events.add(part, read);
          var out = new ByteArrayOutputStream(read);
          for (var event = events.next(); event.isPresent(); event = events.next()) {
            take(event.get(), out);
          }
          if (!begun && answered.error().isPresent()) {
            return Optional.of(ModelRefusal.inStream(answered.error().get()));
          }
          if (answered.isEnded()) {
            settle(clientLeft ? Outcome.ABORTED : Outcome.ANSWERED, answered.tokens());
          }
          write(answer, out.toByteArray());
          if (clientLeft && !drain.goesOn(read)) {
            settle(Outcome.ABORTED, answered.tokens());
            callback.failed(new IOException("the client left"));
            return Optional.empty();
          }
        }
      } catch (IOException e) {
        if (clientLeft) {
          settle(Outcome.ABORTED, answered.tokens());
          callback.failed(e);
          return Optional.empty();
        }
        throw e;
      }
      return atEnd(answer, events);
    }

    private Optional<ModelRefusal> atEnd(Answer answer, ServerSentEvents events) {
      var out = new ByteArrayOutputStream();
      events.rest().ifPresent(it -> take(it, out));
      if (!begun && answered.error().isPresent()) {
        return Optional.of(ModelRefusal.inStream(answered.error().get()));
      }
      settle(
          clientLeft
              ? Outcome.ABORTED
              : answered.isEnded() || answered.tokens().isPresent()
                  ? Outcome.ANSWERED
                  : Outcome.BROKEN,
          answered.tokens());
      if (clientLeft) {
        callback.failed(new IOException("the client left"));
      } else {
        if (!begun) {
          head(answer);
        }
        response.write(true, ByteBuffer.wrap(out.toByteArray()), callback);
      }
      return Optional.empty();
    }

    /** Looks at an event, and puts it out unless the client has no use for it. */
    private void take(ServerSentEvents.Event event, ByteArrayOutputStream out) {
      var data = event.data();
      if (data.isPresent()) {
        var part = look(data.get());
        if (part == Answered.Part.USAGE && metered != null && !metered.asked().usage()) {
          return;
        }
      }
      out.writeBytes(event.bytes());
    }

    private Answered.Part look(String data) {
      if (data.equals("[DONE]")) {
        answered.end();
        return Answered.Part.END;
      }
      try {
        return answered.event(JSON.readTree(data));
      } catch (JacksonException noJson) {
        return Answered.Part.CONTENT;
      }
    }

    private void head(Answer answer) {
      begun = true;
      if (metered != null) {
        metered.body().close(); // no other provider will be asked
      }
      response.setStatus(answer.status());
      for (var name : new HttpHeader[] {HttpHeader.CONTENT_TYPE, HttpHeader.CACHE_CONTROL}) {
        var value = answer.header(name);
        if (value != null) {
          response.getHeaders().put(name, value);
        }
      }
      if (answer.isStream()) {
        response.getHeaders().add(HttpHeader.CACHE_CONTROL, "no-transform");
        response.getHeaders().put(new HttpField("X-Accel-Buffering", "no"));
      }
    }

    private void write(Answer answer, byte[] bytes) {
      if (clientLeft || bytes.length == 0) {
        return;
      }
      if (!begun) {
        head(answer);
      }
      try {
        Content.Sink.write(response, false, ByteBuffer.wrap(bytes));
      } catch (IOException e) {
        clientLeft = true;
      }
    }

    /**
     * Books the call, once. Where the books cannot be written the answer must not end well: the
     * call stays open, and is booked as lost.
     */
    private void settle(Outcome outcome, Optional<Tokens> said) {
      if (metered == null || settled) {
        return;
      }
      settled = true;
      var tokens = said.orElseGet(this::estimated);
      var name = upstream == null ? null : upstream.name();
      var settlement =
          new Settlement(outcome, name, answered.model(), attempts, said.isEmpty(), tokens);
      ground.ledger().settle(metered.ask(), settlement);
      ground
          .watch()
          .ended(
              metered.asked().model(),
              holder.accountId(),
              settlement,
              Duration.ofNanos(System.nanoTime() - began));
      if (said.isPresent() && outcome == Outcome.ANSWERED) {
        ground.estimates().learn(metered.asked(), tokens.read(), tokens.output());
      }
    }

    private Tokens estimated() {
      var ask = metered == null ? 0 : metered.ask().read();
      return answered.estimated(ask, ground.estimates().writtenAs(answered.textBytes()));
    }

    private void settleAnyhow() {
      try {
        settle(Outcome.BROKEN, Optional.empty());
      } catch (RuntimeException e) {
        log.atError()
            .addKeyValue("instance", holder.instance())
            .setCause(e)
            .log("a model call could not be booked; it will be booked as lost");
      }
    }
  }

  /** Reading an answer to its end although its client has left, within bounds. */
  private final class Drain implements AutoCloseable {
    private final Answer answer;
    private boolean begun;
    private boolean hasPlace;
    private long bytes;

    Drain(Answer answer) {
      this.answer = answer;
    }

    /** Whether it is worth reading on; the first time, it takes a place and sets an alarm. */
    boolean goesOn(int read) {
      if (!begun) {
        begun = true;
        hasPlace = ground.drains().tryAcquire();
        if (hasPlace) {
          ground.providers().after(ground.limits().drain(), answer::close);
        }
        return hasPlace;
      }
      bytes += read;
      return hasPlace && bytes <= ground.limits().drainBytes();
    }

    @Override
    public void close() {
      if (hasPlace) {
        ground.drains().release();
      }
    }
  }
}
