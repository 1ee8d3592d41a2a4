package io.rockpool.control.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rockpool.control.secret.KeyFile;
import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MasterKeyTest {
  private static final byte[] DATA_KEY = KeyFile.fresh();

  @TempDir Path home;

  @Test
  void a_new_home_gets_a_key_that_only_its_user_may_read() throws IOException {
    var made = MasterKey.in(keys());

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
        .isEqualTo("rw-------");
    assertThat(MasterKey.in(keys()).getFirst().id()).isEqualTo(made.getFirst().id());
  }

  @Test
  void a_renewed_file_still_opens_what_the_old_key_wrapped() throws IOException {
    var wrapped = MasterKey.in(keys()).getFirst().wrap(DATA_KEY, "ada");

    MasterKey.renew(keys());

    var all = MasterKey.in(keys());
    assertThat(all).hasSize(2);
    assertThat(MasterKey.in(keys()).get(1).unwrap(wrapped, "ada")).isEqualTo(DATA_KEY);
    MasterKey.forgetOld(keys());
    assertThat(MasterKey.in(keys()))
        .singleElement()
        .satisfies(it -> assertThat(it.id()).isEqualTo(all.getFirst().id()));
    try (var files = Files.list(home)) {
      assertThat(files).containsExactly(file());
    }
  }

  @Test
  void what_was_wrapped_for_one_is_not_unwrapped_for_another_nor_by_another_key() {
    var key = MasterKey.fresh();
    var wrapped = key.wrap(DATA_KEY, "ada");

    assertThat(key.unwrap(wrapped, "ada")).isEqualTo(DATA_KEY);
    assertThatThrownBy(() -> key.unwrap(wrapped, "bob")).isInstanceOf(VaultException.class);
    assertThatThrownBy(() -> MasterKey.fresh().unwrap(wrapped, "ada"))
        .isInstanceOf(VaultException.class);
    for (int i = 0; i < wrapped.length; i++) {
      var changed = wrapped.clone();
      changed[i] ^= 1;
      assertThatThrownBy(() -> key.unwrap(changed, "ada")).isInstanceOf(VaultException.class);
    }
    assertThatThrownBy(() -> key.unwrap(new byte[0], "ada")).isInstanceOf(VaultException.class);
  }

  @Test
  void a_key_prints_nothing_of_itself() throws IOException {
    var key = MasterKey.in(keys()).getFirst();
    var secret = Files.readString(file()).strip();

    assertThat(key.toString()).isEqualTo(key.id()).matches("local:[0-9a-f]{16}");
    assertThat(secret).doesNotContain(key.id().substring(6));
  }

  @Test
  void keys_come_from_a_pkcs12_file_that_keytool_made() throws Exception {
    var store = home.resolve("keys.p12");
    keytool(store, "-genseckey", "-alias", "first", "-keyalg", "AES", "-keysize", "256");
    var wrapped = MasterKey.pkcs12(store, password(), "first").getFirst().wrap(DATA_KEY, "ada");
    keytool(store, "-genseckey", "-alias", "second", "-keyalg", "AES", "-keysize", "256");
    keytool(store, "-genseckey", "-alias", "short", "-keyalg", "AES", "-keysize", "128");

    var keys = MasterKey.pkcs12(store, password(), "second");

    assertThat(keys).hasSize(2);
    assertThat(keys.get(1).unwrap(wrapped, "ada")).isEqualTo(DATA_KEY);
    assertThatThrownBy(() -> MasterKey.pkcs12(store, Secret.of("wrong"), "first"))
        .isInstanceOf(IOException.class);
    for (var none : List.of("third", "short")) {
      assertThatThrownBy(() -> MasterKey.pkcs12(store, password(), none))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(none);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " \n", "AAEC", "not a key!"})
  void a_damaged_file_is_not_replaced_but_reported(String content) throws IOException {
    Files.writeString(file(), content);

    assertThatThrownBy(() -> MasterKey.in(keys()))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(file().toString())
        .hasMessageEndingWith("restore it from your backup");
    assertThat(file()).hasContent(content);
  }

  @Test
  void keys_come_from_a_text_too() throws IOException {
    var text =
        Base64.getUrlEncoder().encodeToString(KeyFile.fresh())
            + " "
            + Base64.getUrlEncoder().withoutPadding().encodeToString(KeyFile.fresh());

    assertThat(MasterKey.parse(Secret.of(text), "ROCKPOOL_MASTER_KEY")).hasSize(2);
  }

  private KeyFile keys() {
    return new KeyFile(file());
  }

  private Path file() {
    return home.resolve("master.key");
  }

  private static Secret password() {
    return Secret.of("correct horse");
  }

  private static void keytool(Path store, String... words) throws Exception {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(words));
    command.addAll(
        List.of(
            "-storetype",
            "PKCS12",
            "-keystore",
            store.toString(),
            "-storepass",
            password().reveal()));
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }
}
