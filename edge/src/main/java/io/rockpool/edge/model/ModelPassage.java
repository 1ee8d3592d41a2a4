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
  private static final int LONGEST_ANSWER = 64 << 20;

  /** Of a provider that a user chose. */
  private static final int LONGEST_OWN_ANSWER = 8 << 20;

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
  private Answered answered;
  private @Nullable ModelUpstream upstream;
  private int attempts;
  private boolean settled;
  private boolean maybeCharged;
  private boolean asksUsage;
  private boolean clientLeft;
  private boolean begun;

  /**
   * @param metered null for a call that uses nothing
   */
  ModelPassage(ModelGateway.Ground ground, Caller caller, @Nullable Metered metered) {
    this.ground = ground;
    this.caller = caller;
    this.api = caller.api();
    this.response = caller.response();
    this.callback = caller.callback();
    this.answered = new Answered(api);
    this.metered = metered;
  }

  /** Asks one provider after the other, until one answers well or says what no other can mend. */
  Optional<ModelError> pass(List<ModelUpstream> upstreams) throws InterruptedException {
    ModelRefusal refusal = ModelRefusal.silent();
    try {
      for (var next : upstreams) {
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
    try (var answer = ask(next)) {
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

  /** In a method of its own, so that nothing holds on to the body while the answer comes. */
  private Answer ask(ModelUpstream next) throws Unreachable, InterruptedException {
    var body = NOTHING;
    if (metered != null) {
      var sent = SentBody.to(next, api, metered.asked(), metered.body().bytes(), metered.granted());
      asksUsage = sent.asksUsage();
      body = sent.bytes();
    }
    return ground.providers().ask(next, api, caller.page(), caller.request().getHeaders(), body);
  }

  private Optional<ModelRefusal> broken(ModelUpstream next, IOException e) {
    log.atWarn()
        .addKeyValue("upstream", next.name())
        .addKeyValue("error", String.valueOf(e.getMessage()))
        .log("the model provider broke off its answer");
    if (!begun) {
      maybeCharged = true;
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
    var bytes = answer.body().readNBytes(longestAnswer());
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
    try (var drain = new Drain(ground, answer)) {
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
      return answered.event(JSON.readTree(data));
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
   * Books the call, once. Where the books cannot be written the answer must not end well; the
   * ledger tries again by itself.
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
            caller.holder().accountId(),
            settlement,
            Duration.ofNanos(System.nanoTime() - metered.began()));
    if (said.isPresent() && outcome == Outcome.ANSWERED && payer() == Payer.OPERATOR) {
      ground
          .estimates()
          .learn(metered.asked(), tokens.read(), tokens.output(), answered.textBytes());
    }
  }

  private int longestAnswer() {
    return switch (payer()) {
      case OPERATOR -> LONGEST_ANSWER;
      case ACCOUNT -> LONGEST_OWN_ANSWER;
    };
  }

  private Payer payer() {
    return upstream == null ? Payer.OPERATOR : upstream.payer();
  }

  private Tokens estimated() {
    return metered == null
        ? Tokens.NONE
        : answered.estimated(
            metered.ask().read(), ground.estimates().writtenAs(metered.ask().model(), answered));
  }

  private void settleAnyhow() {
    try {
      settle(Outcome.BROKEN, Optional.empty());
    } catch (RuntimeException e) {
      log.atError()
          .addKeyValue("instance", caller.holder().instance())
          .setCause(e)
          .log("a model call was not finished in order, and could not be booked yet");
    }
  }
}
