package io.rockpool.edge.model;

import io.rockpool.control.provider.Protocol;
import io.rockpool.control.vault.VaultException;
import java.util.List;

/** Who may answer the calls of an account. Both may block. */
public interface ModelUpstreams {
  /**
   * Those that may answer for a model, the first choice first; empty where it is not served.
   *
   * @throws VaultException when none of those that serve it has a key that can be read now
   */
  List<ModelUpstream> of(String accountId, Protocol protocol, String model);

  /**
   * The names of all models that are served by name, without repetition; empty where one provider
   * serves whatever it knows, and is to be asked.
   */
  List<String> models(String accountId, Protocol protocol);
}
