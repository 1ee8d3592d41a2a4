package io.rockpool.control.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.rockpool.control.store.Sql;
import io.rockpool.control.store.StoreException;
import io.rockpool.control.vault.Vault;
import io.rockpool.control.vault.VaultException;
import io.rockpool.runtime.Secret;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Webhooks of this installation, and what was sent to them. They hear of all accounts: whoever
 * calls this has made sure that an operator asks.
 */
public final class Webhooks {
  /** So many at most. */
  public static final int MOST = 50;

  /** So many secrets of a webhook sign at once, at most: the new one and those before it. */
  public static final int MOST_SECRETS = 3;

  private static final Logger log = LoggerFactory.getLogger(Webhooks.class);
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final String ID_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";
  private static final int ID_LENGTH = 12;
  private static final int SWEPT_AT_ONCE = 500;
  private static final String HALF_MADE = "It was not made to its end: delete it.";

  /**
   * A webhook, or a secret of one, that was just made: this is the only time it can be seen.
   *
   * @param secret {@code whsec_…}
   */
  public record Made(Webhook webhook, Secret secret) {}

  /** Where a list of messages goes on: behind this one. */
  public record Position(Instant createdAt, String id) {}

  /** How a wish to send a message again was taken. */
  public enum Replayed {
    /** It is sent within a second or two, and tried as often as a new one. */
    REPLAYED,
    /** There is none. */
    UNKNOWN,
    /** An attempt is under way. */
    UNDER_WAY,
    /** Its webhook is disabled. */
    DISABLED
  }

  /**
   * What came of a try.
   *
   * @param status the class of the answer, e.g. {@code 2xx}, or {@code none} where none came
   * @param words for an operator, what to do included
   */
  public record Trial(boolean delivered, String status, String words, Duration took) {}

  private final WebhookStore store;
  private final SigningSecrets secrets;
  private final Courier courier;
  private final InstantSource clock;
  private final RandomGenerator random;

  public Webhooks(
      Sql sql, Vault vault, Courier courier, InstantSource clock, RandomGenerator random) {
    this.store = new WebhookStore(sql);
    this.secrets = new SigningSecrets(store, vault, random);
    this.courier = courier;
    this.clock = clock;
    this.random = random;
  }

  /**
   * Adds one. It hears of what happens from now on.
   *
   * @param types that it wants; empty for all
   * @return empty if there are {@link #MOST}
   * @throws IllegalArgumentException when the URL is none, or there is no such type
   * @throws VaultException when its secret cannot be encrypted now; nothing was added
   */
  public Optional<Made> create(URI url, boolean inside, List<String> types) {
    var webhook =
        new Webhook(
            freshId(),
            url,
            inside,
            EventTypes.checked(types),
            true,
            clock.instant().truncatedTo(ChronoUnit.MILLIS),
            null,
            null,
            null,
            null);
    if (!store.insert(webhook, HALF_MADE, MOST)) {
      return Optional.empty();
    }
    try {
      var secret = secrets.make(webhook.id(), 1);
      return store.change(webhook.id(), Webhook::enabledAnew).map(it -> new Made(it, secret));
    } catch (VaultException | StoreException e) {
      store.remove(webhook.id());
      throw e;
    }
  }

  private String freshId() {
    var id = new StringBuilder(ID_LENGTH);
    for (int i = 0; i < ID_LENGTH; i++) {
      id.append(ID_LETTERS.charAt(random.nextInt(ID_LETTERS.length())));
    }
    return id.toString();
  }

  /** All, oldest first. */
  public List<Webhook> list() {
    return store.list();
  }

  public Optional<Webhook> find(String id) {
    return store.find(id);
  }

  /**
   * Changes one. What waits for it goes to the new URL.
   *
   * @return as changed; empty when there is none
   */
  public Optional<Webhook> change(String id, UnaryOperator<Webhook> change) {
    return store.change(id, change);
  }

  /** Forgets one, and all that was sent to it; whether there was one. */
  public boolean remove(String id) {
    boolean removed = store.remove(id);
    if (removed) {
      secrets.tidy(clock.instant());
    }
    return removed;
  }

  /**
   * Makes a new secret, which signs from now on, beside those before.
   *
   * @param overlap so long these sign, too
   * @return empty when there is no such webhook
   * @throws VaultException when the secret cannot be encrypted now; nothing has changed
   */
  public Optional<Made> rotate(String id, Duration overlap) {
    var serial = store.addSecret(id);
    if (serial.isEmpty()) {
      return Optional.empty();
    }
    Secret secret;
    try {
      secret = secrets.make(id, serial.get());
    } catch (VaultException | StoreException e) {
      store.removeSecret(id, serial.get());
      throw e;
    }
    var now = clock.instant();
    store.endSecretsBefore(id, serial.get(), now.plus(overlap), MOST_SECRETS);
    secrets.tidy(now);
    return store.find(id).map(webhook -> new Made(webhook, secret));
  }

  /** Sends a message of type {@link EventTypes#TEST}, once, also where it is disabled. */
  public Optional<Trial> test(String id) throws InterruptedException {
    var webhook = store.find(id);
    if (webhook.isEmpty()) {
      return Optional.empty();
    }
    var now = clock.instant();
    var body =
        JSON.createObjectNode()
            .put("type", EventTypes.TEST)
            .put("timestamp", now.truncatedTo(ChronoUnit.MILLIS).toString());
    body.putObject("data")
        .put("webhook", id)
        .put("message", "An operator tries this webhook. Nothing has happened.");
    long began = System.nanoTime();
    var outcome = send(webhook.get(), MessageId.fresh(random), JSON.writeValueAsString(body));
    var took = Duration.ofNanos(System.nanoTime() - began);
    return Optional.of(
        switch (outcome) {
          case Outcome.Answered(var status, _) ->
              new Trial(status / 100 == 2, status / 100 + "xx", Verdict.words(status), took);
          case Outcome.Unreachable(var why) -> new Trial(false, "none", why, took);
        });
  }

  /**
   * Messages to a webhook, newest first. Those of the last two weeks are kept.
   *
   * @param state null for all
   * @param before null for the first page
   */
  public List<Message> messages(
      String id, Message.@Nullable State state, @Nullable Position before, int limit) {
    return store.messages(id, state, before, limit);
  }

  public Optional<Message> message(String id, String message) {
    return store.message(id, message);
  }

  /** Sends a message again, under the id that it had, whether it was delivered or given up. */
  public Replayed replay(String id, String message) {
    var webhook = store.find(id);
    if (webhook.isEmpty() || store.message(id, message).isEmpty()) {
      return Replayed.UNKNOWN;
    }
    if (!webhook.get().enabled()) {
      return Replayed.DISABLED;
    }
    return store.renew(id, message, clock.instant()) ? Replayed.REPLAYED : Replayed.UNDER_WAY;
  }

  /** An attempt: signed now, by all secrets that sign now. */
  Outcome send(Webhook webhook, String id, String body) throws InterruptedException {
    List<Secret> signing;
    try {
      signing = secrets.of(webhook.id(), clock.instant());
    } catch (VaultException e) {
      log.atError()
          .addKeyValue("webhook", webhook.id())
          .setCause(e)
          .log("the secret of a webhook cannot be read: nothing is sent to it");
      return new Outcome.Unreachable("Its secret cannot be read. Rockpool's log says why.");
    }
    if (signing.isEmpty()) {
      return new Outcome.Unreachable("Its secret was deleted: rotate it.");
    }
    var bytes = body.getBytes(UTF_8);
    long seconds = clock.instant().getEpochSecond();
    try {
      return courier.post(
          webhook.url(),
          webhook.inside(),
          Map.of(
              "webhook-id",
              id,
              "webhook-timestamp",
              Long.toString(seconds),
              "webhook-signature",
              Signature.of(signing, id, seconds, bytes)),
          bytes);
    } catch (RuntimeException e) {
      log.atWarn()
          .addKeyValue("webhook", webhook.id())
          .setCause(e)
          .log("an attempt failed in a way that nobody expected");
      return new Outcome.Unreachable("The attempt failed. Rockpool's log says why.");
    }
  }

  WebhookStore store() {
    return store;
  }

  Instant now() {
    return clock.instant();
  }

  /** Forgets what is not needed any more. */
  void sweep() {
    int swept;
    do {
      swept = store.sweep(now(), SWEPT_AT_ONCE);
    } while (swept == SWEPT_AT_ONCE);
    secrets.tidy(now());
  }
}
