package io.rockpool.control.channel;

import io.rockpool.control.inbox.Outcome;
import io.rockpool.control.openclaw.ChatAccount;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Where an instance takes what a platform sends, and by what it says that it keeps it: OpenClaw
 * 2026.9.6.
 *
 * @param port at the instance's listener address; empty for its gateway's own address and port
 * @param path exact
 * @param repeatable whether it knows a second copy again, so that what may have arrived can be sent
 *     once more
 */
record Listening(OptionalInt port, String path, Proof proof, boolean repeatable) {
  /** What shows that it is kept: something else may answer at an address, too. */
  enum Proof {
    /** 200 with the header {@value Listening#HEADER}. */
    DURABLE,
    /** Any 2xx. */
    SUCCESS
  }

  static final String HEADER = "x-openclaw-delivery-accepted";
  private static final String DURABLE = "durable";
  private static final Duration SOON = Duration.ofSeconds(1);

  private static final Map<String, Listening> BY_PLATFORM =
      Map.of(
          // It knows each update for 30 days, the last thousand of them.
          "telegram",
          new Listening(
              OptionalInt.of(ChatAccount.Telegram.PORT),
              ChatAccount.Telegram.PATH,
              Proof.DURABLE,
              true),
          // Events by their ids, on its disk. It answers before it has worked on them.
          "slack",
          new Listening(OptionalInt.empty(), ChatAccount.Slack.PATH, Proof.SUCCESS, true));

  /** Empty where OpenClaw takes nothing from that platform over HTTP. */
  static Optional<Listening> of(String platform) {
    return Optional.ofNullable(BY_PLATFORM.get(platform));
  }

  /**
   * What an answer means.
   *
   * @param accepted the header {@value #HEADER}; empty without it
   */
  Outcome read(int status, String accepted) {
    if (status / 100 == 2) {
      boolean isKept = proof == Proof.SUCCESS || (status == 200 && accepted.equals(DURABLE));
      return isKept
          ? new Outcome.Delivered()
          : new Outcome.Again(
              "Something else than the assistant's channel answered in its place (%d)."
                  .formatted(status));
    }
    return switch (status) {
      case 401, 403 ->
          new Outcome.Again(
              SOON, "The assistant does not know this connection yet (%d).".formatted(status));
      case 404, 405 ->
          new Outcome.Again("The assistant's channel is not open yet (%d).".formatted(status));
      case 408, 425, 429, 503 ->
          new Outcome.Again("The assistant is too busy (%d).".formatted(status));
      default ->
          status / 100 == 4
              ? new Outcome.Rejected("The assistant refused it (%d).".formatted(status))
              : new Outcome.Unknown("The assistant's channel failed (%d).".formatted(status));
    };
  }
}
