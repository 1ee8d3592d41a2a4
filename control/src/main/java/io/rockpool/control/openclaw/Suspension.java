package io.rockpool.control.openclaw;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * What a gateway says to being suspended. Suspended, it takes neither messages nor jobs of its own,
 * and its processes may be frozen at any point.
 */
public sealed interface Suspension {
  /**
   * It is suspended: nothing was under way, and nothing begins until it is resumed. Its probes, its
   * chat interface and its hooks answer 503 meanwhile; open WebSockets stay open.
   *
   * @param id names the suspension to {@link Gateway#resume}
   * @param until then it resumes by itself, by the clock of its host: two minutes after it was
   *     suspended. The clock runs on while it is frozen, so freeze it before, and expect it to have
   *     resumed when it is thawed later
   */
  record Ready(String id, Instant until) implements Suspension {}

  /**
   * It works, and goes on as if it had not been asked.
   *
   * @param reason OpenClaw's word: {@code active-work}, or {@code gateway-draining} when it ends or
   *     restarts; or {@code asked-too-often}, Rockpool's own, when it allows no more questions now
   * @param retryAfter when to ask again; OpenClaw says 20 seconds
   * @param blockers what it works on, in short texts for a person, e.g. {@code 1 active embedded
   *     run(s)}; without the titles of tasks, which are their owner's. May be empty
   */
  record Busy(String reason, Duration retryAfter, List<String> blockers) implements Suspension {
    public Busy {
      blockers = List.copyOf(blockers);
    }
  }

  /**
   * It did not answer, or somebody else has suspended it. When the answer was lost it may be
   * suspended all the same, for two minutes: resume it, or ask again.
   */
  record Unavailable(String advice) implements Suspension {}
}
