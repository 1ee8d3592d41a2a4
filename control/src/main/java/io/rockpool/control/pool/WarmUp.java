package io.rockpool.control.pool;

import io.rockpool.runtime.InstanceId;
import java.net.URI;

/** Has a gateway do once what takes long the first time. */
public interface WarmUp {
  /**
   * Takes up to a minute. Leaves nothing that the next owner or an agent is shown, or says so.
   *
   * @param gateway scheme, host and port
   * @param agent who answers first when it is spoken to
   * @return whether it is warm, and clean
   * @throws InterruptedException when the caller no longer wants it; it may not be clean
   */
  boolean warm(InstanceId id, URI gateway, String agent) throws InterruptedException;
}
