package io.rockpool.control.webhook;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint of an operator's, which wants to hear of events.
 *
 * @param url that messages are posted to: http or https, without user and fragment, 2,000
 *     characters at most
 * @param inside whether it may be in a private network, and plain http
 * @param types that it wants, see {@link EventTypes#checked}; empty for all
 * @param enabled whether it is sent anything
 * @param pausedUntil it asked for less, and gets nothing until then; null where it did not
 * @param failingSince nothing but failures since then; null where the last attempt was a success
 * @param trouble why Rockpool disabled it; null where it did not
 * @param previousUntil so long the secret before the last rotation signs, too; null where it does
 *     not
 */
public record Webhook(
    String id,
    URI url,
    boolean inside,
    List<String> types,
    boolean enabled,
    Instant createdAt,
    @Nullable Instant pausedUntil,
    @Nullable Instant failingSince,
    @Nullable String trouble,
    @Nullable Instant previousUntil) {
  private static final Set<String> SCHEMES = Set.of("http", "https");
  private static final int LONGEST = 2_000;

  public Webhook {
    types = List.copyOf(types);
    if (url.getScheme() == null
        || !SCHEMES.contains(url.getScheme())
        || url.getHost() == null
        || url.getRawUserInfo() != null
        || url.getRawFragment() != null
        || url.toString().length() > LONGEST) {
      throw new IllegalArgumentException(
          "a webhook's URL must look like https://hooks.example.com/rockpool, without user and # part, 2,000 characters at most");
    }
    if (!inside && !url.getScheme().equals("https")) {
      throw new IllegalArgumentException("a webhook's URL must begin with https://");
    }
  }

  /** The same with another URL. */
  public Webhook at(URI other, boolean mayBeInside) {
    return new Webhook(
        id,
        other,
        mayBeInside,
        types,
        enabled,
        createdAt,
        pausedUntil,
        failingSince,
        trouble,
        previousUntil);
  }

  /** The same for other types. */
  public Webhook about(List<String> others) {
    return new Webhook(
        id,
        url,
        inside,
        others,
        enabled,
        createdAt,
        pausedUntil,
        failingSince,
        trouble,
        previousUntil);
  }

  /** The same, sent nothing. */
  public Webhook disabled() {
    return new Webhook(
        id,
        url,
        inside,
        types,
        false,
        createdAt,
        pausedUntil,
        failingSince,
        trouble,
        previousUntil);
  }

  /** The same, as if nothing had ever been wrong with it. */
  public Webhook enabledAnew() {
    return new Webhook(id, url, inside, types, true, createdAt, null, null, null, previousUntil);
  }
}
