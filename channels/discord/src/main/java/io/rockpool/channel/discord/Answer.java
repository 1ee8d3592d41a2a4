package io.rockpool.channel.discord;

import io.rockpool.channel.Reply;
import io.rockpool.channel.StrictJson;

/** What an interaction is answered with. */
final class Answer {
  /** Nobody but whoever typed or pressed sees it. */
  private static final int EPHEMERAL = 64;

  static final Reply PONG = Reply.json("{\"type\":1}");

  /** People see that we think, until the answer is put there. */
  static final Reply DEFERRED = Reply.json("{\"type\":5}");

  /** The message with what was pressed stays as it is. */
  static final Reply UNCHANGED = Reply.json("{\"type\":6}");

  static final Reply NO_CHOICES = Reply.json("{\"type\":8,\"data\":{\"choices\":[]}}");

  static Reply told(String words) {
    var answer = StrictJson.write().put("type", 4);
    answer.putObject("data").put("content", words).put("flags", EPHEMERAL);
    return Reply.json(answer.toString());
  }

  private Answer() {}
}
