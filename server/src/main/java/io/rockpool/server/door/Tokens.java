package io.rockpool.server.door;

import io.rockpool.control.account.Accounts;
import io.rockpool.control.account.Actor;
import io.rockpool.runtime.Secret;
import io.rockpool.server.http.Login;
import io.rockpool.server.http.Problem;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Bearer tokens, looked up in the store and remembered for a second. */
public final class Tokens implements Login {
  private static final Duration REMEMBERED = Duration.ofSeconds(1);
  private static final int MOST = 10_000;

  private record Known(Actor actor, Instant until) {}

  private final Accounts accounts;
  private final InstantSource clock;

  // By the token itself: Secret's hash is the same for all, on purpose. Unknown ones are not kept.
  private final ConcurrentHashMap<String, Known> known = new ConcurrentHashMap<>();

  public Tokens(Accounts accounts, InstantSource clock) {
    this.accounts = accounts;
    this.clock = clock;
  }

  /** Who holds the token; empty for an unknown one. */
  public Optional<Actor> holder(Secret token) {
    return remembered(token).or(() -> lookedUp(token));
  }

  /**
   * A token was revoked here: what is known of them is old. Other servers know it a second more.
   */
  public void forget() {
    known.clear();
  }

  /** Who holds the token, if that was asked just now. */
  Optional<Actor> remembered(Secret token) {
    return Optional.ofNullable(known.get(token.reveal()))
        .filter(it -> clock.instant().isBefore(it.until()))
        .map(Known::actor);
  }

  private Optional<Actor> lookedUp(Secret token) {
    var now = clock.instant();
    var actor = accounts.holding(token);
    if (known.size() >= MOST) {
      known.clear();
    }
    actor.ifPresent(it -> known.put(token.reveal(), new Known(it, now.plus(REMEMBERED))));
    return actor;
  }

  @Override
  public Result login(Attempt attempt) {
    return attempt
        .bearer()
        .flatMap(this::holder)
        .<Result>map(In::new)
        .orElseGet(() ->
            new Out(
                Problem.Kind.UNAUTHORIZED.detail(
                    "Send a valid token: 'Authorization: Bearer TOKEN'. The administrator's is in admin.token in the home folder.")));
  }
}
