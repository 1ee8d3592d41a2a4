package io.rockpool.control.instance;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The reconciler's notes about its tries to make one process generation run.
 *
 * @param generation the process generation that the notes are about
 * @param attempts starts tried so far
 * @param notBefore no further start until then
 * @param startedAt the last start, if any
 * @param readyAt when this process first answered, if it did
 * @param silentSince since when a process that had answered does not, if so
 * @param lastError what went wrong last, if something did; a sentence for a person
 * @param failure why there will be no further try, if so; a sentence for a person
 */
public record Trial(
    long generation,
    int attempts,
    Instant notBefore,
    @Nullable Instant startedAt,
    @Nullable Instant readyAt,
    @Nullable Instant silentSince,
    @Nullable String lastError,
    @Nullable String failure) {

  public static Trial of(long generation) {
    return new Trial(generation, 0, Instant.EPOCH, null, null, null, null, null);
  }

  public Trial started(Instant now, Instant notBefore) {
    return new Trial(generation, attempts + 1, notBefore, now, null, null, lastError, null);
  }

  /** The process is placed: the time until it must answer runs from here. */
  public Trial placed(Instant now) {
    return new Trial(generation, attempts, notBefore, now, null, null, lastError, null);
  }

  public Trial ready(Instant now) {
    return new Trial(
        generation,
        attempts,
        notBefore,
        startedAt,
        readyAt == null ? now : readyAt,
        null,
        null,
        null);
  }

  public Trial silent(Instant now) {
    return new Trial(
        generation,
        attempts,
        notBefore,
        startedAt,
        readyAt,
        silentSince == null ? now : silentSince,
        lastError,
        null);
  }

  /** As if it were the first try: what runs has proven itself. */
  public Trial forgiven() {
    return new Trial(generation, 0, Instant.EPOCH, startedAt, readyAt, null, null, null);
  }

  /** This try went wrong; there may be another. */
  public Trial failed(String error) {
    return new Trial(generation, attempts, notBefore, startedAt, readyAt, silentSince, error, null);
  }

  public Trial givenUp(String why) {
    return new Trial(generation, attempts, notBefore, startedAt, readyAt, silentSince, why, why);
  }
}
