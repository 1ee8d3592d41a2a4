package io.rockpool.payment.stripe;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.stripe.exception.SignatureVerificationException;
import com.stripe.net.Webhook;
import io.rockpool.payment.Headers;
import io.rockpool.payment.Notice;
import io.rockpool.payment.Verdict;
import io.rockpool.runtime.Secret;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Reads Stripe's events. Only ids are taken from them, which stand at the same place in every
 * version of its API: the endpoint's version need not be the library's.
 */
final class StripeWebhook {
  private static final Duration TOLERANCE = Duration.ofMinutes(5);

  /** An endpoint that rolls its secret sends two signatures; nobody sends a thousand. */
  private static final int LONGEST_HEADER = 2_000;

  private final Secret secret;
  private final Clock clock;

  StripeWebhook(Secret secret, InstantSource clock) {
    this.secret = secret;
    this.clock = clock.withZone(ZoneOffset.UTC); // the library wants one
  }

  Verdict verify(Headers headers, byte[] body) {
    var forged = new Verdict.Forged(false);
    var header = headers.get("Stripe-Signature").filter(it -> it.length() <= LONGEST_HEADER);
    // Without a header, all the same: the time it takes says nothing.
    if (!isSigned(body, header.orElse("t=0,v1=0"))) {
      return forged;
    }
    try {
      var event = JsonParser.parseString(text(body)).getAsJsonObject();
      return new Verdict.Genuine(notice(event), "");
    } catch (CharacterCodingException
        | JsonParseException
        | IllegalStateException
        | UnsupportedOperationException e) {
      return forged; // Signed, and yet no event: Stripe sends no such thing.
    }
  }

  private boolean isSigned(byte[] body, String header) {
    try {
      return Webhook.Signature.verifyHeader(
              text(body), header, secret.reveal(), TOLERANCE.toSeconds(), clock)
          // The library looks for what is too old only.
          && signedAt(header).isBefore(clock.instant().plus(TOLERANCE));
    } catch (SignatureVerificationException | CharacterCodingException | RuntimeException wrong) {
      // The library throws NumberFormatException and others for headers of no shape.
      return false;
    }
  }

  private static Instant signedAt(String header) {
    return Stream.of(header.split(",", -1))
        .filter(it -> it.startsWith("t="))
        .findFirst()
        .map(it -> Instant.ofEpochSecond(Long.parseLong(it.substring(2))))
        .orElse(Instant.MAX);
  }

  /** Strict: what is signed is bytes, and two texts must not stand for the same. */
  private static String text(byte[] body) throws CharacterCodingException {
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
  }

  private static Notice notice(JsonObject event) {
    var type = word(event, "type").orElse("");
    var about = new LinkedHashSet<String>();
    // A thin event names its object; another one has it inside.
    part(event, "related_object").flatMap(it -> word(it, "id")).ifPresent(about::add);
    var object = part(event, "data").flatMap(it -> part(it, "object"));
    object.ifPresent(it -> {
      word(it, "id").ifPresent(about::add);
      word(it, "subscription").ifPresent(about::add);
      word(it, "customer").ifPresent(about::add);
      // A dispute names no customer.
      word(it, "charge").ifPresent(about::add);
      word(it, "payment_intent").ifPresent(about::add);
      word(it, "client_reference_id").ifPresent(about::add);
      part(it, "metadata").flatMap(StripeWebhook::order).ifPresent(about::add);
      part(it, "parent")
          .flatMap(parent -> part(parent, "subscription_details"))
          .ifPresent(details -> {
            word(details, "subscription").ifPresent(about::add);
            part(details, "metadata").flatMap(StripeWebhook::order).ifPresent(about::add);
          });
    });
    return new Notice(
        word(event, "id").orElseThrow(() -> new JsonParseException("an event without an id")),
        type,
        switch (type) {
          case "charge.dispute.created" -> Notice.Kind.DISPUTE;
          case "charge.refunded" -> Notice.Kind.REFUND;
          default -> Notice.Kind.CHANGE;
        },
        about.stream().toList());
  }

  private static Optional<String> order(JsonObject metadata) {
    return word(metadata, StripePayments.ORDER);
  }

  private static Optional<JsonObject> part(JsonObject of, String name) {
    return Optional.ofNullable(of.get(name))
        .filter(JsonElement::isJsonObject)
        .map(JsonElement::getAsJsonObject);
  }

  /** An id is a short text; where an object was expanded in its place, that has it. */
  private static Optional<String> word(JsonObject of, String name) {
    return Optional.ofNullable(of.get(name))
        .filter(it -> it.isJsonPrimitive() && it.getAsJsonPrimitive().isString())
        .map(JsonElement::getAsString)
        .filter(it -> it.length() <= 255);
  }
}
