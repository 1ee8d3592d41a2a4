package io.rockpool.server.vault;

import static io.rockpool.server.http.Route.Method.DELETE;
import static io.rockpool.server.http.Route.Method.GET;
import static io.rockpool.server.http.Route.Method.POST;
import static io.rockpool.server.http.Route.Scope.OPERATE;
import static io.rockpool.server.http.Route.Scope.READ;

import io.rockpool.control.account.Actor;
import io.rockpool.control.vault.Vault;
import io.rockpool.control.vault.VaultException;
import io.rockpool.server.http.OperatorOnly;
import io.rockpool.server.http.Problem.Kind;
import io.rockpool.server.http.Reply;
import io.rockpool.server.http.Route;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** {@code /api/v1/vault}: the keys that encrypt what must be kept secret. It shows no secret. */
public final class VaultRoutes {
  /**
   * What the vault holds.
   *
   * @param masterKey the id of the key that wraps data keys now
   * @param otherMasterKeys ids of those that are kept for what was wrapped before
   * @param dataKeys of all accounts
   * @param oldDataKeys of them, wrapped by another than {@code masterKey}
   */
  public record VaultView(
      String masterKey,
      List<String> otherMasterKeys,
      long dataKeys,
      long oldDataKeys,
      long secrets) {}

  /**
   * @param dataKeys whether every account gets a new data key, too
   * @param forgetOld whether older master keys are deleted afterwards
   */
  public record Rotate(Optional<Boolean> dataKeys, Optional<Boolean> forgetOld) {}

  /**
   * @param wrapped data keys that were wrapped anew
   * @param sealed secrets that were encrypted anew
   * @param left what could not be, and is as it was before
   */
  public record Rotated(String masterKey, int wrapped, int sealed, List<LeftView> left) {}

  /**
   * @param what a data key, or the purpose and the id of a secret
   * @param why what is wrong with it
   */
  public record LeftView(String account, String what, String why) {}

  public record Shred(String account) {}

  private final Vault vault;

  public VaultRoutes(Vault vault) {
    this.vault = vault;
  }

  public List<Route<?, ?>> routes() {
    return List.of(
        new Route<>(
            GET,
            "/api/v1/vault",
            "Say by which keys secrets are encrypted, and how many there are.",
            Route.Nothing.class,
            VaultView.class,
            Set.of(),
            READ,
            this::show),
        new Route<>(
            POST,
            "/api/v1/vault/rotation",
            "Encrypt the keys of all secrets by a new master key, and the secrets themselves if that is wanted. Nothing stops meanwhile.",
            Rotate.class,
            Rotated.class,
            Set.of(Kind.CONFLICT),
            OPERATE,
            this::rotate),
        new Route<>(
            DELETE,
            "/api/v1/accounts/{account}/secrets",
            "Delete the data keys of an account: nobody can read its secrets again.",
            Shred.class,
            Route.Nothing.class,
            Set.of(Kind.UNKNOWN_ACCOUNT),
            OPERATE,
            this::shred));
  }

  private Reply<VaultView> show(Actor actor, Route.Nothing wish) {
    return OperatorOnly.reply(
        actor,
        () -> {
          var now = vault.standing();
          return new Reply.Ok<>(
              new VaultView(
                  now.masterKey(),
                  now.otherMasterKeys(),
                  now.dataKeys(),
                  now.oldDataKeys(),
                  now.secrets()));
        });
  }

  private Reply<Rotated> rotate(Actor actor, Rotate wish) {
    return OperatorOnly.reply(
        actor,
        () -> {
          try {
            var wrapped = vault.renewMaster(wish.forgetOld().orElse(false));
            var sealed =
                wish.dataKeys().orElse(false)
                    ? vault.renewDataKeys()
                    : new Vault.Renewal(0, List.of());
            return new Reply.Ok<>(
                new Rotated(
                    vault.standing().masterKey(),
                    wrapped.done(),
                    sealed.done(),
                    Stream.concat(wrapped.left().stream(), sealed.left().stream())
                        .map(it -> new LeftView(it.accountId(), it.what(), it.why()))
                        .toList()));
          } catch (VaultException e) {
            return new Reply.Refused<>(Kind.CONFLICT.detail(String.valueOf(e.getMessage())));
          } catch (IOException e) {
            throw new UncheckedIOException("master.key cannot be written", e);
          }
        });
  }

  private Reply<Route.Nothing> shred(Actor actor, Shred wish) {
    return OperatorOnly.reply(
        actor,
        () -> {
          return vault.shred(wish.account())
              ? new Reply.NoContent<>()
              : new Reply.Refused<>(
                  Kind.UNKNOWN_ACCOUNT.detail(
                      "The account '%s' has no secrets here.".formatted(wish.account())));
        });
  }
}
