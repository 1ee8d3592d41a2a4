package io.rockpool.control.channel;

import io.rockpool.channel.Identity;
import io.rockpool.control.openclaw.ChatAccount.DirectMessages;
import io.rockpool.runtime.InstanceId;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One chat account that is connected. Its token, and what its webhook proves itself by, are in the
 * vault.
 *
 * @param id made here, unique for ever; not the key in its webhook's address
 * @param accountId who connected it: for a user's own bot the owner of the instance
 * @param instance for which the bot speaks; null for one that is shared by many users
 * @param identity who it is at the platform
 * @param allowFrom senders, by the platform's ids; for {@link DirectMessages#ALLOWLIST}
 * @param problem what is wrong and what to do, a sentence for its owner; empty if nothing is
 * @param checkedAt when the platform was asked last; null before the first time
 */
public record Connection(
    String id,
    String platform,
    String accountId,
    @Nullable InstanceId instance,
    Identity identity,
    DirectMessages directMessages,
    List<String> allowFrom,
    State state,
    String problem,
    Instant createdAt,
    @Nullable Instant checkedAt) {
  public Connection {
    allowFrom = List.copyOf(allowFrom);
  }

  /** How far it is. */
  public enum State {
    /** A person has to link the account by a code first. */
    LOGIN,
    /** The platform knows the token, and is being told where its messages go. */
    CONNECTING,
    /** Messages come. */
    CONNECTED,
    /** They do not: {@link Connection#problem} says why. It is tried again. */
    FAILING,
    /** It takes none any more, and is removed as soon as the platform was told. */
    DISCONNECTING;

    /** As it is stored and shown: lower case. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
