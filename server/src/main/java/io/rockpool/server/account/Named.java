package io.rockpool.server.account;

/** What accounts and tokens are called by people. */
final class Named {
  private static final int LONGEST = 100;

  private Named() {}

  static void check(String name) {
    if (name.isBlank()
        || name.codePointCount(0, name.length()) > LONGEST
        || name.codePoints().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(
          "a name has 1 to %d characters, without control characters".formatted(LONGEST));
    }
  }
}
