package io.rockpool.control.webhook;

import io.rockpool.control.account.Accounts;
import io.rockpool.control.event.Event;
import io.rockpool.control.event.Events;
import io.rockpool.control.store.Sql;
import io.rockpool.runtime.InstanceId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes down for each webhook what it wants to hear of, in the transaction of the event: whatever
 * happened is told, and nothing else is. Where there are no webhooks it is one look at an empty
 * table; events that nobody outside is told of cost nothing.
 */
public final class Publisher implements Events.Listener {
  private static final Logger log = LoggerFactory.getLogger(Publisher.class);

  /** So many messages wait for one webhook at most; what comes then is not kept for it. */
  static final int MOST_WAITING = 10_000;

  /** Longer sentences are cut: with all escapes a body stays below 20 KiB. */
  private static final int LONGEST = 2_000;

  private static final Duration SAID_AGAIN = Duration.ofMinutes(10);
  private static final JsonMapper JSON = JsonMapper.shared();

  private final RandomGenerator random;
  private final Map<String, Instant> full = new ConcurrentHashMap<>();

  public Publisher(RandomGenerator random) {
    this.random = random;
  }

  @Override
  public void heard(Sql transaction, InstanceId instance, Event event) {
    EventTypes.of(event.kind())
        .ifPresent(type -> {
          var wanting = WebhookStore.wanting(transaction, type);
          if (!wanting.isEmpty()) {
            publish(transaction, wanting, type, instance, event);
          }
        });
  }

  private void publish(
      Sql transaction, List<String> wanting, String type, InstanceId instance, Event event) {
    var account =
        transaction
            .query(
                "SELECT account_id FROM instance WHERE id = ?",
                row -> row.getString(1),
                instance.value())
            .stream()
            .findFirst()
            .orElse(Accounts.POOL);
    if (account.equals(Accounts.POOL)) {
      return; // nobody's, or not there
    }
    var id = MessageId.fresh(random);
    var body = body(type, account, instance, event);
    for (var webhook : wanting) {
      if (WebhookStore.waiting(transaction, webhook, MOST_WAITING) < MOST_WAITING) {
        WebhookStore.add(transaction, webhook, id, type, body, event.time());
      } else {
        sayFull(webhook, event.time());
      }
    }
  }

  private void sayFull(String webhook, Instant now) {
    var said = full.get(webhook);
    if (said == null || !now.isBefore(said.plus(SAID_AGAIN))) {
      full.put(webhook, now);
      log.atWarn()
          .addKeyValue("webhook", webhook)
          .addKeyValue("waiting", MOST_WAITING)
          .log("a webhook does not keep up: what happens now is not kept for it");
    }
  }

  private static String body(String type, String account, InstanceId instance, Event event) {
    var body = JSON.createObjectNode().put("type", type).put("timestamp", event.time().toString());
    var content =
        body.putObject("data")
            .put("instance", instance.value())
            .put("account", account)
            .put("message", cut(event.message()));
    var progress = event.progress();
    if (progress != null) {
      content.put("progress", progress);
    }
    return JSON.writeValueAsString(body);
  }

  private static String cut(String message) {
    if (message.length() <= LONGEST) {
      return message;
    }
    int end = LONGEST - 1;
    return message.substring(0, Character.isHighSurrogate(message.charAt(end - 1)) ? end - 1 : end)
        + "…";
  }
}
