package io.rockpool.server;

import io.rockpool.control.vault.KeyWrap;
import io.rockpool.control.vault.KmsProvider;
import io.rockpool.control.vault.MasterKey;
import io.rockpool.server.config.VaultSettings;
import io.rockpool.server.config.VaultSettings.Kms;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The master keys that the settings name: that of a service first. */
final class MasterKeySources {
  private MasterKeySources() {}

  /**
   * @param services that may keep one
   * @throws IOException when one of them cannot be read
   * @throws IllegalArgumentException when a service or its key is none
   */
  static List<KeyWrap> of(VaultSettings settings, List<KmsProvider> services) throws IOException {
    var all = new ArrayList<KeyWrap>();
    var kms = settings.kms();
    if (kms != null) {
      all.add(open(kms, services));
    }
    var text = settings.masterKey();
    if (text != null) {
      all.addAll(MasterKey.parse(text, "ROCKPOOL_MASTER_KEY"));
    }
    var pkcs12 = settings.pkcs12();
    if (pkcs12 != null) {
      all.addAll(MasterKey.pkcs12(pkcs12.file(), pkcs12.password(), pkcs12.alias()));
    }
    return all;
  }

  private static KeyWrap open(Kms kms, List<KmsProvider> services) {
    return services.stream()
        .filter(it -> it.name().equals(kms.service()))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "vault.kms: there is no service '%s', but %s"
                    .formatted(kms.service(), services.stream().map(KmsProvider::name).toList())))
        .open(kms.key(), Optional.ofNullable(kms.endpoint()));
  }
}
