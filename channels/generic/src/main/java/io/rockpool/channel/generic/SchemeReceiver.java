package io.rockpool.channel.generic;

import io.rockpool.channel.Digests;
import io.rockpool.channel.Inbound;
import io.rockpool.channel.Inbound.Kind;
import io.rockpool.channel.Place;
import io.rockpool.channel.Receipt;
import io.rockpool.channel.Receiver;
import io.rockpool.channel.Reply;
import io.rockpool.channel.StrictJson;
import io.rockpool.channel.Webhook;
import io.rockpool.channel.generic.Scheme.Challenge;
import io.rockpool.runtime.Secret;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads what a platform sends, as its scheme says. Knows no platform. */
final class SchemeReceiver implements Receiver {
  private static final Reply FORGED = Reply.empty(401);
  private static final int LONGEST_CHALLENGE = 1_000;

  /** No more of a body that nobody signed is looked at. */
  private static final int UNSIGNED = 4_096;

  private final Scheme scheme;
  private final Signature signature;
  private final Envelope envelope;
  private final Secret token;

  /**
   * @param secret by which bodies are signed, and encrypted
   * @param token shown with a challenge; any where the platform sends none
   */
  SchemeReceiver(Scheme scheme, Secret secret, Secret token) {
    this.scheme = scheme;
    this.signature = new Signature(scheme.proof(), secret);
    this.envelope = new Envelope(scheme.encrypted(), secret);
    this.token = token;
  }

  @Override
  public Receipt receive(Webhook request, Instant now) {
    var isRight = signature.isRight(request, now);
    if (!request.method().equals("POST")) {
      return new Receipt.Forged(FORGED);
    }
    if (!isRight) {
      return unsigned(request).orElseGet(() -> new Receipt.Forged(FORGED));
    }
    return envelope
        .open(request.body())
        .map(it -> challenge(it).orElseGet(() -> events(request, it)))
        .orElseGet(() -> unreadable(request, "no JSON that could be read"));
  }

  /** A challenge may come before the platform signs anything. */
  private Optional<Receipt> unsigned(Webhook request) {
    return scheme.challenge().isEmpty()
            || signature.isSigned(request)
            || request.body().length > UNSIGNED
        ? Optional.empty()
        : envelope.open(request.body()).flatMap(this::challenge);
  }

  private Optional<Receipt> challenge(ObjectNode body) {
    return scheme.challenge().filter(it -> it.type().in(body)).map(it -> challenged(body, it));
  }

  private Receipt challenged(ObjectNode body, Challenge challenge) {
    var value = StrictJson.text(body, challenge.name());
    boolean isGenuine = Digests.same(challenge.token().in(body), token.reveal());
    return !isGenuine || value.isEmpty() || value.length() > LONGEST_CHALLENGE
        ? new Receipt.Forged(FORGED)
        : new Receipt.Probe(Reply.json(StrictJson.write().put(challenge.name(), value).toString()));
  }

  private Receipt events(Webhook request, ObjectNode body) {
    var list = scheme.events().list();
    if (list.isEmpty()) {
      return read(request, List.of(body));
    }
    var events = body.at(list);
    if (!events.isArray()) {
      return unreadable(request, "no list of events");
    }
    return events.isEmpty()
        ? new Receipt.Probe(scheme.taken())
        : read(request, events.valueStream().toList());
  }

  /** All events of a request, which is passed on as one. */
  private Receipt read(Webhook request, List<JsonNode> events) {
    var messages = new ArrayList<Inbound>();
    for (var event : events) {
      var message = message(event);
      if (message.isEmpty()) {
        return unreadable(request, "an event without a type or an id");
      }
      if (scheme.events().ignored().stream().noneMatch(it -> it.in(event))) {
        messages.add(message.get());
      }
    }
    return messages.isEmpty()
        ? new Receipt.Ignored("for nobody here", scheme.taken())
        : new Receipt.Messages(messages, "application/json", scheme.taken());
  }

  private Optional<Inbound> message(JsonNode event) {
    var its = scheme.events();
    var type = its.type().in(event);
    var key = its.id().in(event);
    var id = type + ":" + key;
    var lane = its.lane().in(event);
    lane = lane.isEmpty() ? id : lane;
    if (type.isEmpty() || key.isEmpty() || !Inbound.isId(id) || !Inbound.isId(lane)) {
      return Optional.empty();
    }
    return Optional.of(
        new Inbound(
            id,
            its.message().in(event),
            lane,
            its.kinds().getOrDefault(type, Kind.OTHER),
            its.sender().in(event),
            new Place(its.chat().in(event), ""),
            its.direct().in(event),
            its.text().in(event)));
  }

  private Receipt unreadable(Webhook request, String why) {
    return new Receipt.Unreadable(Digests.name(request.body()), why, scheme.taken());
  }

  @Override
  public Map<String, String> sign(byte[] body, Instant now) {
    return signature.sign(body, now);
  }
}
