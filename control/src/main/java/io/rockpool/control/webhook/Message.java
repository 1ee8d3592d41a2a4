package io.rockpool.control.webhook;

import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A message to a webhook, and how far it got.
 *
 * @param id {@code msg_…}: of the event, so it is the same at each attempt
 * @param type e.g. {@code instance.ready}
 * @param body that is sent, JSON below 20 KiB
 * @param attempts begun so far
 * @param dueAt when it is tried next; while it is under way, when another server may take it over
 * @param triedAt when the last attempt began; null before
 * @param settledAt when it was delivered or given up; null until then
 * @param status the class of the last answer, e.g. {@code 5xx}, or {@code none} where none came;
 *     null before
 * @param lastError why the last attempt failed, in words; null where it did not
 */
public record Message(
    String webhookId,
    String id,
    String type,
    String body,
    State state,
    int attempts,
    Instant createdAt,
    Instant dueAt,
    @Nullable Instant triedAt,
    @Nullable Instant settledAt,
    @Nullable String status,
    @Nullable String lastError) {
  /** How far a message is on its way. */
  public enum State {
    /** For its first attempt, or the next. */
    WAITING,
    /** An attempt is under way, or its server died. */
    SENDING,
    /** Its receiver has it. */
    DELIVERED,
    /** It was given up. It can be sent again. */
    FAILED;

    /** As it is stored and shown: lower case. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    static State of(String word) {
      return valueOf(word.toUpperCase(Locale.ROOT));
    }
  }
}
