package io.rockpool.edge.webhook;

import io.rockpool.control.channel.Intake;
import java.time.Duration;

/** Is told of each request to a webhook. Must not block. */
public interface WebhookWatch {
  /**
   * It is being answered.
   *
   * @param platform as it stood in the address: anybody's word, unless somebody is there
   * @param took from the end of its headers to our answer
   */
  void answered(String platform, Intake.Outcome outcome, Duration took);
}
