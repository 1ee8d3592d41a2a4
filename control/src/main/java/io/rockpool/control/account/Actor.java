package io.rockpool.control.account;

import java.util.NoSuchElementException;

/** Who acts. Every read and write of an account's data asks for one. */
public sealed interface Actor {
  record User(String accountId) implements Actor {}

  record Operator(String accountId) implements Actor {}

  /** The control plane itself; {@code task} names the part, e.g. "reconcile". */
  record Rockpool(String task) implements Actor {}

  default boolean maySee(String ownerId) {
    return switch (this) {
      case User(var id) -> id.equals(ownerId);
      case Operator _ -> !ownerId.equals(Accounts.POOL);
      case Rockpool _ -> true;
    };
  }

  /** The actor of the request that this thread, or the thread that forked it, serves. */
  ScopedValue<Actor> CURRENT = ScopedValue.newInstance();

  static Actor current() {
    return CURRENT.orElseThrow(
        () -> new NoSuchElementException("no actor: bind Actor.CURRENT where the request enters"));
  }
}
