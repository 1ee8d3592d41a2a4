package io.rockpool.channel;

import java.time.Duration;
import java.util.function.Function;

/** What a platform's API said, by what to do next. No advice shows a token. */
public sealed interface Outcome<T> {
  record Done<T>(T value) implements Outcome<T> {}

  /**
   * No, and no again. Nothing happened.
   *
   * @param advice what happened and what to do, for who connected the channel
   */
  record Refused<T>(Cause cause, String advice) implements Outcome<T> {}

  /**
   * Not now; nothing happened. The same request may be made again.
   *
   * @param pause for so long nothing is sent to this chat; if a second chat is told the same, to
   *     none
   */
  record Later<T>(Duration pause, String advice) implements Outcome<T> {}

  /** Asked, and not answered: it may have happened. */
  record Unknown<T>(String advice) implements Outcome<T> {}

  /** What the next question came to, if this one was answered; otherwise why not. */
  default <R> Outcome<R> then(Function<T, Outcome<R>> next) {
    return switch (this) {
      case Done<T>(var value) -> next.apply(value);
      case Refused<T>(var cause, var advice) -> new Refused<>(cause, advice);
      case Later<T>(var pause, var advice) -> new Later<>(pause, advice);
      case Unknown<T>(var advice) -> new Unknown<>(advice);
    };
  }

  /** What it is that the platform refuses. */
  enum Cause {
    /** The token: the whole connection is over until somebody gives another one. */
    TOKEN,
    /** This conversation: it is gone, or we are not let in (any more). */
    PLACE,
    /** This request only. */
    REQUEST
  }
}
