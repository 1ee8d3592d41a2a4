package io.rockpool.control.billing;

/**
 * What an account was told of its debts. Begins anew when it has paid.
 *
 * @param failures up to which failed attempt
 */
record Told(int failures, Rung rung) {
  static final Told NOTHING = new Told(0, Rung.NONE);

  /** The steps of dunning, from the first. */
  enum Rung {
    NONE,
    /** Its instances stopped. */
    STOPPED,
    /** The time for which data is kept ends within a week. */
    LAST_WEEK,
    /** It has ended. */
    OVER
  }
}
