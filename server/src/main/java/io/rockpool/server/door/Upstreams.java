package io.rockpool.server.door;

import io.rockpool.control.provider.Protocol;
import io.rockpool.control.provider.Provider;
import io.rockpool.control.provider.Providers;
import io.rockpool.control.vault.VaultException;
import io.rockpool.edge.model.ModelUpstream;
import io.rockpool.edge.model.ModelUpstream.Payer;
import io.rockpool.edge.model.ModelUpstream.Reach;
import io.rockpool.edge.model.ModelUpstreams;
import io.rockpool.runtime.Secret;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Who serves an account's model: a provider of its own, or else one of the operator's, or else the
 * one of the settings, which is asked for anything.
 */
public final class Upstreams implements ModelUpstreams {
  private final Providers providers;
  private final Optional<ModelUpstream> ofSettings;
  private final Optional<String> modelOfSettings;

  /**
   * @param ofSettings the provider that the settings name
   * @param modelOfSettings the model that they name
   */
  public Upstreams(
      Providers providers, Optional<ModelUpstream> ofSettings, Optional<String> modelOfSettings) {
    this.providers = providers;
    this.ofSettings = ofSettings;
    this.modelOfSettings = modelOfSettings;
  }

  @Override
  public List<ModelUpstream> of(String account, Protocol protocol, String model) {
    var named = providers.serving(account, protocol, model).stream().toList();
    if (named.isEmpty()) {
      return ofSettings.stream().toList();
    }
    var callable =
        named.stream()
            .flatMap(it ->
                it.key().stream()
                    .map(key ->
                        upstream(it.provider(), key, it.provider().model(model).orElseThrow())))
            .toList();
    if (callable.isEmpty()) {
      throw new VaultException("the keys of all providers of a model cannot be read");
    }
    return callable;
  }

  @Override
  public List<String> models(String account, Protocol protocol) {
    var named =
        providers.usable(account).stream()
            .filter(it -> it.protocol() == protocol)
            .flatMap(it -> it.models().stream())
            .map(Provider.Model::name)
            .distinct()
            .toList();
    return named.isEmpty() && ofSettings.isPresent()
        ? List.of()
        : Stream.concat(modelOfSettings.stream(), named.stream()).distinct().toList();
  }

  /**
   * The model that an account's instances use by themselves, on the operator's bill; empty where
   * they use one of a provider of the account's own, or the demo.
   */
  public Optional<String> charged(String account) {
    var chosen =
        providers.usable(account).stream()
            .filter(it -> modelOfSettings.isEmpty() || !it.accountId().equals(Providers.OPERATOR))
            .findFirst();
    return chosen.isEmpty()
        ? modelOfSettings
        : chosen
            .filter(it -> it.accountId().equals(Providers.OPERATOR))
            .map(it -> it.models().getFirst().name());
  }

  /** A provider as the gateway calls it, for one of its models. */
  public static ModelUpstream upstream(Provider provider, Secret key, Provider.Model model) {
    boolean isOperators = provider.accountId().equals(Providers.OPERATOR);
    return new ModelUpstream(
        isOperators ? provider.name() : provider.accountId() + "/" + provider.name(),
        provider.base(),
        key,
        Optional.of(model.upstream()),
        model.maxTokens(),
        model.limit(),
        provider.usage(),
        provider.silence(),
        isOperators ? Payer.OPERATOR : Payer.ACCOUNT,
        provider.inside() ? Reach.ANYWHERE : Reach.INTERNET);
  }
}
