package io.rockpool.edge.model;

import io.rockpool.control.usage.Ask;
import io.rockpool.control.usage.Settlement;
import io.rockpool.control.usage.Settlement.Outcome;
import io.rockpool.control.usage.Tokens;
import io.rockpool.control.usage.Verdict;
import io.rockpool.edge.model.ModelUpstream.Payer;
import io.rockpool.edge.model.ProviderClient.Answer;
import io.rockpool.edge.model.ProviderClient.Unreachable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A call on its way: from the provider that is asked to the last byte of the answer. It is booked
 * before the client sees the end.
 */
final class ModelPassage {
  private static final Logger log = LoggerFactory.getLogger(ModelPassage.class);
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final byte[] NOTHING = new byte[0];

  /** As it never stands in a string, where quotes are escaped. */
  private static final Pattern NO_USAGE =
      Pattern.compile(",\\s*\"usage\"\\s*:\\s*null|(?<=\\{)\\s*\"usage\"\\s*:\\s*null\\s*,");

  private static final int HELD_BYTES = 64 << 10;

  /**
   * What makes a call go into the books.
   *
   * @param granted what it may use
   * @param body what came; held until an answer has begun
   * @param began {@link System#nanoTime} of the call's beginning
   */
  record Metered(
      ModelRequest asked, Ask ask, Verdict.Granted granted, RequestBody body, long began) {}

  private final ModelGateway.Ground ground;
  private final Caller caller;
  private final Api api;
  private final Response response;
  private final Callback callback;
  private final @Nullable Metered metered;
  private HeldAnswer held;
  private Answered answered;
  private List<HttpField> requestIds = List.of();
  private @Nullable ModelUpstream upstream;
  private int attempts;
  private boolean underWay;
  private boolean settled;

  /** What attempts used that nobody answered, but a provider may charge for. */
  private Tokens lost = Tokens.NONE;

  private boolean isCovered = true;
  private Verdict.@Nullable Granted granted;
  private boolean asksUsage;
  private boolean clientLeft;
  private boolean begun;
  private boolean isWriting;

  /**
   * @param metered null for a call that uses nothing
   */
  ModelPassage(ModelGateway.Ground ground, Caller caller, @Nullable Metered metered) {
    this.ground = ground;
    this.caller = caller;
    this.api = caller.api();
    this.response = caller.response();
    this.callback = caller.callback();
    this.held = held(Payer.OPERATOR);
    this.answered = new Answered(api);
    this.metered = metered;
    this.granted = metered == null ? null : metered.granted();
  }

  /**
   * Asks one provider after the other, until one answers well, or says what no other can mend, or
   * what is set aside does not cover another.
   */
  Optional<ModelError> pass(List<ModelUpstream> upstreams) throws InterruptedException {
    ModelRefusal refusal = ModelRefusal.silent();
    try {
      for (int i = 0; i < upstreams.size(); i++) {
        if (i > 0 && !(refusal.mayAnotherHelp() && coversAnother())) {
          break;
        }
        upstream = upstreams.get(i);
        attempts++;
        answered = new Answered(api);
        held = held(upstreams.get(i).payer());
        underWay = true;
        var failed = attempt(upstreams.get(i));
        if (failed.isEmpty()) {
          return Optional.empty();
        }
        held.close();
        underWay = false;
        refusal = failed.get();
      }
      settle(lost.equals(Tokens.NONE) ? Outcome.REFUSED : Outcome.BROKEN, Optional.of(Tokens.NONE));
      if (refusal instanceof ModelRefusal.AsItIs) {
        requestIds.forEach(response.getHeaders()::put);
      }
      return refusal.write(response, callback);
    } finally {
      settleAnyhow(); // whatever went wrong: what is never settled stays set aside
      if (!isWriting) {
        held.close();
      }
    }
  }

  private HeldAnswer held(Payer payer) {
    return new HeldAnswer(payer, ground.answers(), caller.holder().instance());
  }

  /**
   * Whether another provider may be asked: what the ones before may charge for stays set aside
   * beside what that one may cost.
   */
  private boolean coversAnother() {
    if (!isCovered && metered != null) {
      var again = ground.ledger().again(metered.ask(), lost);
      if (again.isEmpty()) {
        log.atWarn()
            .addKeyValue("instance", caller.holder().instance())
            .addKeyValue("attempt", attempts)
            .log("no other provider is asked: a limit does not cover a second charge for a call");
        return false;
      }
      granted = again.get();
      isCovered = true;
    }
    return true;
  }

  /**
   * Notes that the attempt of now ends without an answer, yet may be charged for: what it read by
   * an estimate, and as much written as any of the model's answers had lately.
   */
  private void lose() {
    if (metered != null && granted != null) {
      var ask = metered.ask();
      var likely = Math.min(ask.least(), granted.written());
      var heard = ground.estimates().writtenAs(ask.model(), answered);
      lost = lost.plus(answered.estimated(likelyRead(metered), Math.max(likely, heard)));
      isCovered = lost.equals(Tokens.NONE);
    }
  }

  /** Asks a provider and passes what it says; or tells why that could not be passed. */
  private Optional<ModelRefusal> attempt(ModelUpstream next) throws InterruptedException {
    try (var answer = ask(next)) {
      requestIds = answer.requestIds();
      if (!answer.isGood()) {
        return Optional.of(refusal(next, answer));
      }
      return answer.isStream() ? stream(answer) : whole(answer);
    } catch (Unreachable e) {
      log.atWarn()
          .addKeyValue("upstream", next.name())
          .addKeyValue("error", String.valueOf(e.getCause()))
          .log("the model provider did not answer");
      if (e.maybeRead) {
        lose();
      }
      return Optional.of(ModelRefusal.silent());
    } catch (HeldAnswer.Unheld e) {
      log.atDebug().addKeyValue("upstream", next.name()).log("an answer found no room");
      return cut(e, new ModelRefusal.Ours(e.error));
    } catch (IOException e) {
      log.atWarn()
          .addKeyValue("upstream", next.name())
          .addKeyValue("error", String.valueOf(e.getMessage()))
          .log("the model provider broke off its answer");
      return cut(e, ModelRefusal.silent());
    }
  }

  /** In a method of its own, so that nothing holds on to the body while the answer comes. */
  private Answer ask(ModelUpstream next) throws Unreachable, InterruptedException {
    var body = NOTHING;
    if (metered != null && granted != null) {
      var sent = SentBody.to(next, api, metered.asked(), metered.body().bytes(), granted);
      asksUsage = sent.asksUsage();
      body = sent.bytes();
    }
    return ground.providers().ask(next, api, caller.target(), caller.request().getHeaders(), body);
  }

  /** An answer does not come to its end. */
  private Optional<ModelRefusal> cut(IOException e, ModelRefusal otherwise) {
    if (!begun) {
      lose();
      return Optional.of(otherwise);
    }
    settle(Outcome.BROKEN, Optional.empty());
    callback.failed(e); // cut, without an end: the client repeats the call
    return Optional.empty();
  }

  /** A refusal costs nothing, even where its words break off. */
  private ModelRefusal refusal(ModelUpstream next, Answer answer) {
    var bytes = NOTHING;
    try {
      bytes = answer.body().readNBytes(HELD_BYTES);
    } catch (IOException e) {
      log.atDebug().addKeyValue("upstream", next.name()).log("a refusal broke off");
    }
    var refusal =
        ModelRefusal.of(
            answer.status(),
            bytes,
            answer.header(HttpHeader.CONTENT_TYPE),
            answer.header(HttpHeader.RETRY_AFTER));
    if (refusal.isForOperator() && next.payer() == Payer.ACCOUNT) {
      return ModelRefusal.ofOwnProvider();
    }
    if (refusal.isForOperator()) {
      log.atWarn()
          .addKeyValue("upstream", next.name())
          .addKeyValue("status", answer.status())
          .log("the model provider refuses the operator: check the key, the URL and the bill");
    }
    return refusal;
  }

  private Optional<ModelRefusal> whole(Answer answer) throws IOException {
    var bytes = held.readAll(answer.body());
    try {
      answered.whole(json().readTree(bytes));
    } catch (JacksonException noJson) {
      // Passed on as it is: the client will say what it thinks of it.
    }
    settle(Outcome.ANSWERED, answered.tokens());
    held.keep(bytes.length);
    head(answer);
    isWriting = true;
    response.write(true, ByteBuffer.wrap(bytes), Callback.from(callback, held::close));
    return Optional.empty();
  }

  private Optional<ModelRefusal> stream(Answer answer) throws IOException {
    var events = new ServerSentEvents();
    var part = new byte[16 << 10];
    var in = answer.body();
    try (var drain = new Drain(ground, answer)) {
      for (int read = in.read(part); read >= 0; read = in.read(part)) {
        events.add(part, read);
        if (payer() == Payer.ACCOUNT) {
          held.waiting(events.held());
        }
        var out = new ByteArrayOutputStream(read);
        for (var event = events.next(); event.isPresent(); event = events.next()) {
          take(event.get(), out);
        }
        if (!begun && answered.error().isPresent()) {
          return Optional.of(refusedInStream(answered.error().get()));
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
      return Optional.of(refusedInStream(answered.error().get()));
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

  private ModelRefusal refusedInStream(JsonNode error) {
    if (answered.hasUsed()) {
      lose();
    }
    return ModelRefusal.inStream(error);
  }

  /** Looks at an event, and puts it out unless the client has no use for it. */
  private void take(ServerSentEvents.Event event, ByteArrayOutputStream out) {
    var part = event.data().map(this::look).orElse(Answered.Part.CONTENT);
    switch (part) {
      case USAGE -> out.writeBytes(asksUsage ? NOTHING : event.bytes());
      case NO_USAGE -> out.writeBytes(asksUsage ? event.without(NO_USAGE) : event.bytes());
      case CONTENT, END -> out.writeBytes(event.bytes());
    }
  }

  private Answered.Part look(String data) {
    if (data.equals("[DONE]")) {
      answered.end();
      return Answered.Part.END;
    }
    try {
      return answered.event(json().readTree(data));
    } catch (JacksonException noJson) {
      return Answered.Part.CONTENT;
    }
  }

  private void head(Answer answer) {
    begun = true;
    if (metered != null) {
      metered.body().close(); // no other provider will be asked
      answer.forgetRequest();
    }
    response.setStatus(answer.status());
    requestIds.forEach(response.getHeaders()::put);
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
   * Books the call with all of its attempts, once. Where the books cannot be written the answer
   * must not end well; the ledger tries again by itself.
   */
  private void settle(Outcome outcome, Optional<Tokens> said) {
    if (metered == null || settled) {
      return;
    }
    settled = true;
    var last = said.orElseGet(this::estimated);
    var name = upstream == null ? null : upstream.name();
    var isEstimated = said.isEmpty() || !lost.equals(Tokens.NONE);
    var settlement =
        new Settlement(outcome, name, answered.model(), attempts, isEstimated, lost.plus(last));
    ground.ledger().settle(metered.ask(), settlement);
    ground
        .watch()
        .ended(
            metered.asked().model(),
            caller.holder().accountId(),
            settlement,
            Duration.ofNanos(System.nanoTime() - metered.began()));
    if (api.usesTokens()
        && said.isPresent()
        && outcome == Outcome.ANSWERED
        && payer() == Payer.OPERATOR) {
      ground.estimates().learn(metered.asked(), last.read(), last.output(), answered.textBytes());
    }
  }

  private JsonMapper json() {
    return switch (payer()) {
      case OPERATOR -> JSON;
      case ACCOUNT -> HeldAnswer.JSON;
    };
  }

  private Payer payer() {
    return upstream == null ? Payer.OPERATOR : upstream.payer();
  }

  private Tokens estimated() {
    return metered == null
        ? Tokens.NONE
        : answered.estimated(
            likelyRead(metered), ground.estimates().writtenAs(metered.ask().model(), answered));
  }

  /** What is set aside is rather too much for the books. */
  private long likelyRead(Metered call) {
    return Math.min(call.ask().read(), ground.estimates().likelyRead(call.asked()));
  }

  private void settleAnyhow() {
    try {
      settle(Outcome.BROKEN, underWay ? Optional.empty() : Optional.of(Tokens.NONE));
    } catch (RuntimeException e) {
      log.atError()
          .addKeyValue("instance", caller.holder().instance())
          .setCause(e)
          .log("a model call was not finished in order, and could not be booked yet");
    }
  }
}
