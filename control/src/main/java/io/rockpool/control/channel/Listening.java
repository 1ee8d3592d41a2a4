package io.rockpool.control.channel;

import io.rockpool.control.inbox.InboxMessage;
import io.rockpool.control.inbox.Outcome;
import io.rockpool.control.openclaw.ChatAccount;
import java.time.Duration;
import java.util.List;
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
          new Listening(OptionalInt.empty(), ChatAccount.Slack.PATH, Proof.SUCCESS, true),
          // Messages and comments by their events' ids, for a day and more.
          "feishu",
          new Listening(
              OptionalInt.of(ChatAccount.Feishu.PORT),
              ChatAccount.Feishu.PATH,
              Proof.DURABLE,
              true),
          // Messages by their ids, others by their events', for 30 days.
          "line",
          new Listening(OptionalInt.empty(), ChatAccount.Line.PATH, Proof.DURABLE, true));

  /** What Feishu's channel keeps before it answers. All else it does at once, and shows nothing. */
  private static final List<String> KEPT_OF_FEISHU =
      List.of("im.message.receive_v1:", "drive.notice.comment_add_v1:");

  /** Empty where OpenClaw takes nothing from that platform over HTTP. */
  static Optional<Listening> of(InboxMessage message) {
    return of(message.platform(), message.messageId());
  }

  /**
   * @param id the message's, by the platform
   */
  static Optional<Listening> of(String platform, String id) {
    return Optional.ofNullable(BY_PLATFORM.get(platform))
        .map(it ->
            platform.equals("feishu") && KEPT_OF_FEISHU.stream().noneMatch(id::startsWith)
                ? new Listening(it.port(), it.path(), Proof.SUCCESS, false)
                : it);
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
