package io.rockpool.server.http;

/** What accounts, tokens and keys are called by people. */
public final class Named {
  private static final int LONGEST = 100;

  private Named() {}

  /**
   * Refuses what is no name.
   *
   * @throws IllegalArgumentException when it is blank, has more than 100 characters, or control
   *     characters
   */
  public static void check(String name) {
    if (name.isBlank()
        || name.codePointCount(0, name.length()) > LONGEST
        || name.codePoints().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(
          "a name has 1 to %d characters, without control characters".formatted(LONGEST));
    }
  }
}
