package io.rockpool.channel.discord;

import io.rockpool.channel.Place;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The place of an answer that was promised to a command: application and token, in place of a
 * thread, of which Discord has none that are not chats of their own.
 */
final class Original {
  /** Of the promise itself, which gets the answer's words. */
  static final String ID = "@original";

  private static final Pattern THREAD = Pattern.compile("[0-9]{1,20}/[A-Za-z0-9._=-]{1,512}");

  /** Empty for what cannot stand in an address. */
  static Optional<String> thread(String application, String token) {
    return Optional.of(application + "/" + token).filter(it -> THREAD.matcher(it).matches());
  }

  /** The path by which it is answered, if it is such a place. */
  static Optional<String> path(Place place) {
    return THREAD.matcher(place.thread()).matches()
        ? Optional.of("/webhooks/" + place.thread())
        : Optional.empty();
  }

  private Original() {}
}
