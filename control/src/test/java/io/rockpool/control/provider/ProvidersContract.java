package io.rockpool.control.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rockpool.control.account.Actor;
import io.rockpool.control.provider.Provider.Model;
import io.rockpool.control.provider.Providers.Keyed;
import io.rockpool.control.secret.KeyFile;
import io.rockpool.control.store.Sql;
import io.rockpool.control.store.TestDatabase;
import io.rockpool.control.vault.KeyWrap;
import io.rockpool.control.vault.MasterKey;
import io.rockpool.control.vault.MasterKeys;
import io.rockpool.control.vault.Vault;
import io.rockpool.control.vault.VaultException;
import io.rockpool.runtime.Secret;
import io.rockpool.runtime.tck.ManualClock;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What operators and accounts expect of their providers, on every database. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ProvidersContract {
  private static final Actor OPERATOR = new Actor.Operator("admin");
  private static final Actor ADA = new Actor.User("ada");
  private static final Actor BOB = new Actor.User("bob");
  private static final Secret KEY = Secret.of("sk-real-1");
  private static final MasterKey MASTER = MasterKey.fresh();

  @TempDir Path folder;
  private final ManualClock clock = new ManualClock(Instant.parse("2026-11-22T05:00:00Z"));
  private TestDatabase database;
  private Sql sql;
  private Providers providers;

  /** A place for rows; called once. */
  abstract TestDatabase database();

  @BeforeAll
  final void open() {
    database = database();
    sql = database.open();
  }

  @BeforeEach
  final void empty() throws IOException {
    TestDatabase.reset(sql, "admin", "ada", "bob");
    providers = server(sql);
  }

  @AfterAll
  final void close() {
    database.close();
  }

  @Test
  void a_provider_is_found_as_it_was_set_and_its_key_is_kept_apart() {
    var provider = provider("admin", "deepseek", 3, "chat", "reasoner");

    assertThat(providers.put(OPERATOR, provider, Optional.of(KEY))).isTrue();

    assertThat(providers.of(OPERATOR, "admin")).containsExactly(provider);
    assertThat(providers.withKey(OPERATOR, "admin")).containsExactly("deepseek");
    assertThat(providers.keyed(OPERATOR, "admin", "deepseek"))
        .contains(new Keyed(provider, Optional.of(KEY)));
    assertThat(sql.query("SELECT * FROM provider", row -> row.getString("models")).toString())
        .doesNotContain(KEY.reveal());
  }

  @Test
  void what_limits_a_models_answers_is_kept_and_unsaid_of_models_from_before() {
    var limited = new Model("chat", "chat", 10, 1, Optional.of(AnswerLimit.MAX_COMPLETION_TOKENS));
    var plain = provider("admin", "x", 3, "chat");
    var provider =
        new Provider(
            "admin",
            "x",
            plain.protocol(),
            plain.base(),
            List.of(limited),
            3,
            plain.usage(),
            false,
            plain.silence());
    providers.put(OPERATOR, provider, Optional.empty());
    assertThat(providers.of(OPERATOR, "admin")).containsExactly(provider);

    sql.update(
        "UPDATE provider SET models = ?",
        "[{\"name\":\"chat\",\"upstream\":\"chat\",\"contextWindow\":10,\"maxTokens\":1}]");
    assertThat(providers.of(OPERATOR, "admin").getFirst().models())
        .containsExactly(model("chat", "chat", 10, 1));
  }

  @Test
  void a_change_without_a_key_keeps_the_key() {
    providers.put(OPERATOR, provider("admin", "deepseek", 3, "chat"), Optional.of(KEY));
    var changed = provider("admin", "deepseek", 4, "chat", "reasoner");
    providers.put(OPERATOR, changed, Optional.empty());

    assertThat(providers.keyed(OPERATOR, "admin", "deepseek"))
        .contains(new Keyed(changed, Optional.of(KEY)));
  }

  @Test
  void a_new_key_is_used_here_at_once_and_elsewhere_within_a_second() throws IOException {
    var provider = provider("admin", "deepseek", 3, "chat");
    var replica = server(database.open());
    providers.put(OPERATOR, provider, Optional.of(KEY));
    assertThat(keys(providers, "ada")).containsExactly("sk-real-1");
    assertThat(keys(replica, "ada")).containsExactly("sk-real-1");

    providers.put(OPERATOR, provider, Optional.of(Secret.of("sk-real-2")));

    assertThat(keys(providers, "ada")).containsExactly("sk-real-2");
    clock.advance(Duration.ofSeconds(1));
    assertThat(keys(replica, "ada")).containsExactly("sk-real-2");
  }

  @Test
  void a_key_is_decrypted_when_its_provider_is_to_be_called() throws IOException {
    providers.put(OPERATOR, provider("admin", "large", 1, "large"), Optional.of(KEY));
    providers.put(ADA, provider("ada", "mine", 2, "mine"), Optional.of(Secret.of("ada's")));
    providers.put(ADA, provider("ada", "keyless", 3, "mine"), Optional.empty());
    var unwrapped = new AtomicInteger();
    var replica = server(database.open(), counting(unwrapped));

    assertThat(replica.usable("ada")).hasSize(3);
    assertThat(replica.serving("ada", Protocol.OPENAI, "unknown")).isEmpty();
    assertThat(unwrapped).hasValue(0);
    assertThat(replica.serving("ada", Protocol.OPENAI, "mine"))
        .extracting(Keyed::key)
        .containsExactly(Optional.of(Secret.of("ada's")), Optional.of(Secret.of("")));
    assertThat(unwrapped).hasValue(1);
  }

  @Test
  void what_is_removed_serves_nobody_and_its_key_is_gone() {
    providers.put(OPERATOR, provider("admin", "deepseek", 3, "chat"), Optional.of(KEY));

    assertThat(providers.remove(OPERATOR, "admin", "deepseek")).isTrue();
    assertThat(providers.remove(OPERATOR, "admin", "deepseek")).isFalse();

    assertThat(providers.serving("ada", Protocol.OPENAI, "chat")).isEmpty();
    assertThat(sql.query("SELECT id FROM vault_secret", row -> row.getString(1))).isEmpty();
  }

  @Test
  void the_operators_serve_everybody_in_the_order_of_their_priority() {
    providers.put(OPERATOR, provider("admin", "second", 2, "chat"), Optional.of(KEY));
    providers.put(OPERATOR, provider("admin", "first", 1, "chat"), Optional.empty());
    providers.put(OPERATOR, provider("admin", "other", 0, "large"), Optional.of(KEY));

    assertThat(names("ada", "chat")).containsExactly("first", "second");
    assertThat(names("bob", "large")).containsExactly("other");
    assertThat(names("ada", "unknown")).isEmpty();
    assertThat(providers.serving("ada", Protocol.ANTHROPIC, "chat")).isEmpty();
  }

  @Test
  void an_accounts_own_provider_serves_it_alone_and_nobody_else() {
    providers.put(OPERATOR, provider("admin", "shared", 1, "chat", "large"), Optional.of(KEY));
    providers.put(ADA, provider("ada", "mine", 9, "chat"), Optional.of(Secret.of("ada's")));

    assertThat(keys(providers, "ada")).containsExactly("ada's");
    assertThat(names("ada", "large")).containsExactly("shared");
    assertThat(names("bob", "chat")).containsExactly("shared");
    assertThat(providers.usable("ada"))
        .extracting(Provider::name)
        .containsExactly("mine", "shared");
    assertThat(providers.usable("bob")).extracting(Provider::name).containsExactly("shared");
  }

  @Test
  void nobody_sees_or_changes_anothers() {
    providers.put(ADA, provider("ada", "mine", 1, "chat"), Optional.of(KEY));

    assertThat(providers.of(BOB, "ada")).isEmpty();
    assertThat(providers.withKey(BOB, "ada")).isEmpty();
    assertThat(providers.keyed(BOB, "ada", "mine")).isEmpty();
    assertThat(providers.remove(BOB, "ada", "mine")).isFalse();
    assertThatThrownBy(() -> providers.put(BOB, provider("ada", "x", 1, "chat"), Optional.empty()))
        .isInstanceOf(VaultException.class);
    assertThat(names("ada", "chat")).containsExactly("mine");
  }

  @Test
  void an_account_has_fifty_at_most_and_may_still_change_each() {
    for (int i = 0; i < Providers.MOST; i++) {
      assertThat(providers.put(ADA, provider("ada", "p" + i, 1, "chat"), Optional.empty()))
          .isTrue();
    }

    assertThat(providers.put(ADA, provider("ada", "more", 1, "chat"), Optional.of(KEY))).isFalse();
    assertThat(providers.put(ADA, provider("ada", "p7", 2, "chat"), Optional.of(KEY))).isTrue();
    assertThat(providers.withKey(ADA, "ada")).containsExactly("p7");
  }

  @Test
  void a_provider_whose_key_is_damaged_is_named_without_one_and_nobody_takes_its_place() {
    providers.put(OPERATOR, provider("admin", "shared", 2, "chat"), Optional.of(KEY));
    providers.put(ADA, provider("ada", "mine", 1, "chat"), Optional.of(KEY));
    sql.update("UPDATE vault_secret SET sealed = 'AAAA' WHERE account_id = 'ada'");

    assertThat(names("ada", "chat")).containsExactly("mine");
    assertThat(providers.serving("ada", Protocol.OPENAI, "chat").getFirst().key()).isEmpty();
    assertThat(names("bob", "chat")).containsExactly("shared");
  }

  @Test
  void a_key_is_never_sent_to_another_host_than_it_was_given_for() {
    providers.put(ADA, provider("ada", "mine", 1, "chat"), Optional.of(KEY));
    var moved = provider("ada", "mine", URI.create("https://evil.example.com/v1"), 1, "chat");

    assertThatThrownBy(() -> providers.put(ADA, moved, Optional.of(Secret.of(""))))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(providers.of(ADA, "ada").getFirst().base()).hasHost("api.example.com");
    providers.put(ADA, moved, Optional.empty());

    assertThat(keys(providers, "ada")).containsExactly("");
    assertThat(providers.withKey(ADA, "ada")).isEmpty();
    providers.put(ADA, provider("ada", "mine", 1, "chat"), Optional.empty());
    assertThat(keys(providers, "ada")).containsExactly("");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://api.example.com/v1",
        "https://user@api.example.com/v1",
        "https://api.example.com/v1?key=k",
        "https://api.example.com/#x",
        "ftp://api.example.com/",
        "/v1"
      })
  void a_base_url_that_cannot_be_called_is_refused(String base) {
    assertThatThrownBy(() -> provider("ada", "x", URI.create(base), 1, "chat"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("base URL");
  }

  @Test
  void what_is_no_provider_is_refused() {
    assertThatThrownBy(() -> provider("ada", "Not A Name", 1, "chat"))
        .hasMessageContaining("Not A Name");
    assertThatThrownBy(() -> provider("ada", "x", 1)).hasMessageContaining("1 to 200 models");
    assertThatThrownBy(() -> provider("ada", "x", 1, "chat", "chat")).hasMessageContaining("twice");
    assertThatThrownBy(() -> provider("ada", "x", -1, "chat")).hasMessageContaining("priority");
    assertThatThrownBy(() -> model("a b", "x", 10, 1)).hasMessageContaining("'a b'");
    assertThatThrownBy(() -> model("a", "x", 10, 11)).hasMessageContaining("maxTokens");
  }

  private List<String> names(String account, String model) {
    return providers.serving(account, Protocol.OPENAI, model).stream()
        .map(it -> it.provider().name())
        .toList();
  }

  private static List<String> keys(Providers server, String account) {
    return server.serving(account, Protocol.OPENAI, "chat").stream()
        .map(it -> it.key().orElseThrow().reveal())
        .toList();
  }

  private Providers server(Sql sql) throws IOException {
    return server(sql, MASTER);
  }

  private Providers server(Sql sql, KeyWrap master) throws IOException {
    var none = new KeyFile(folder.resolve("none"));
    return new Providers(
        sql, new Vault(sql, new MasterKeys(List.of(master), none, true), clock), clock);
  }

  private static KeyWrap counting(AtomicInteger unwrapped) {
    return new KeyWrap() {
      @Override
      public String id() {
        return MASTER.id();
      }

      @Override
      public byte[] wrap(byte[] key, String context) {
        return MASTER.wrap(key, context);
      }

      @Override
      public byte[] unwrap(byte[] wrapped, String context) {
        unwrapped.incrementAndGet();
        return MASTER.unwrap(wrapped, context);
      }
    };
  }

  private static Model model(String name, String upstream, int window, int most) {
    return new Model(name, upstream, window, most, Optional.empty());
  }

  private static Provider provider(String account, String name, int priority, String... models) {
    return provider(account, name, URI.create("https://api.example.com/v1"), priority, models);
  }

  private static Provider provider(
      String account, String name, URI base, int priority, String... models) {
    return new Provider(
        account,
        name,
        Protocol.OPENAI,
        base,
        Stream.of(models).map(it -> model(it, "vendor/" + it, 128_000, 8_192)).toList(),
        priority,
        StreamedUsage.ASKED,
        false,
        Duration.ofMinutes(5));
  }
}
