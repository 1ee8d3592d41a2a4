package io.rockpool.channel;

/** Our end at a platform. Its token is in nothing that it says or throws. */
public interface Bot {
  /** Asks the platform whose token this is. */
  Outcome<Identity> check();

  /**
   * Says something, once. Not safe to repeat after {@link Outcome.Unknown}: platforms have no key
   * by which they know the second as the first.
   *
   * @param text plain; not longer than {@link Limits#text}: {@link Limits#parts} cuts it
   */
  Outcome<Posted> send(Place place, String text);

  /**
   * Gives a message of ours other words. May be repeated; the words that it has already are fine.
   *
   * @param text as for {@link #send}
   */
  Outcome<Posted> edit(Posted posted, String text);
}
