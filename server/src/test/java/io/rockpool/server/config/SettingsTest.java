package io.rockpool.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rockpool.control.billing.Terms;
import io.rockpool.control.money.Money;
import io.rockpool.control.provider.Protocol;
import io.rockpool.control.usage.Allowance;
import io.rockpool.control.usage.Budget;
import io.rockpool.control.usage.Period;
import io.rockpool.control.usage.Quota;
import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {
  @TempDir Path home;

  @Test
  void without_anything_the_defaults_hold() {
    var settings = Settings.read(home, Map.of(), Map.of());

    assertThat(settings.port()).isEqualTo(3000);
    assertThat(settings.host()).isEqualTo("127.0.0.1");
    assertThat(settings.model().upstream()).isNull();
    assertThat(settings.database().url()).isNull();
    assertThat(settings.publicUrl(3000)).isEqualTo(URI.create("http://127.0.0.1:3000"));
  }

  @Test
  void an_option_wins_over_the_environment_which_wins_over_the_file() throws IOException {
    file("port: 1001\nhost: 0.0.0.0\nstarts-at-once: 7\n");
    var environment = Map.of("ROCKPOOL_PORT", "1002", "ROCKPOOL_STARTS_AT_ONCE", "8");

    var settings = Settings.read(home, environment, Map.of(Setting.PORT, "1003"));

    assertThat(settings.port()).isEqualTo(1003);
    assertThat(settings.startsAtOnce()).isEqualTo(8);
    assertThat(settings.host()).isEqualTo("0.0.0.0");
    assertThat(settings.publicUrl(1003)).isEqualTo(URI.create("http://127.0.0.1:1003"));
  }

  @Test
  void levels_of_the_file_are_dots_of_a_key() throws IOException {
    file(
        "model:\n  base-url: https://models.example/v1/\n  name: large\n  api: anthropic\n  api-key: k-1234\n");

    var upstream = Settings.read(home, Map.of(), Map.of()).model().upstream();

    assertThat(upstream)
        .isEqualTo(
            new ModelSettings.Upstream(
                URI.create("https://models.example/v1"),
                Secret.of("k-1234"),
                "large",
                Protocol.ANTHROPIC));
  }

  @Test
  void a_protocol_that_nobody_speaks_is_refused() throws IOException {
    file("model:\n  base-url: https://models.example/v1/\n  name: large\n  api: gemini\n");

    assertThatThrownBy(() -> Settings.read(home, Map.of(), Map.of()))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("model.api is 'gemini': set openai or anthropic");
  }

  @Test
  void models_without_a_price_are_served_unless_it_is_said_otherwise() {
    assertThat(Settings.read(home, Map.of(), Map.of()).model().refusesUnpriced()).isFalse();
    assertThat(
            Settings.read(home, Map.of("ROCKPOOL_MODEL_UNPRICED", "refuse"), Map.of())
                .model()
                .refusesUnpriced())
        .isTrue();
    assertThatThrownBy(() -> Settings.read(home, Map.of("ROCKPOOL_MODEL_UNPRICED", "no"), Map.of()))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("model.unpriced is 'no': set serve or refuse");
  }

  @ParameterizedTest
  @CsvSource({
    "prot, port",
    "model.base_url, model.base-url",
    "starts-at-onec, starts-at-once",
    "database.uri, database.url",
    "plan, plans"
  })
  void an_unknown_key_is_told_with_the_nearest_known_one(String wrong, String nearest)
      throws IOException {
    file("%s: x\n".formatted(wrong.replace(".", ":\n  ")));

    assertThatThrownBy(() -> Settings.read(home, Map.of(), Map.of()))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("'%s'".formatted(wrong))
        .hasMessageContaining("Did you mean '%s'?".formatted(nearest));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "port: many | port is 'many': set a number from 0 to 65535",
        "port: 65536 | port is '65536': set a number from 0 to 65535",
        "port: -1 | port is '-1'",
        "starts-at-once: 0 | starts-at-once is '0': set a number from 1 to 1000",
        "public-url: ftp://x | public-url must be like https://HOST",
        "domain: a b | domain is 'a b'",
        "'database: {url: mysql://x}' | jdbc:postgresql://",
        "'model: {api-key: k}' | model.base-url is not: set both",
        "'model: {base-url: http://x}' | model.name is not: set it",
        "'model: {max-tokens: 0}' | model.max-tokens is '0'",
        "plans: [] | at least one plan",
        "'plans: [{name: a, cpu: 1}]' | a plan has no 'cpu'",
        "'plans: [{name: a}]' | plans: ",
        "'plans: [{name: a, memory-megabytes: 1536, milli-cpus: 2000, processes: 256, sockets-every: 1m}]' | set 5m or more",
        "'plans: [{name: a, memory-megabytes: 1536, milli-cpus: 2000, processes: 256, sockets-every: 30m, sockets-for: 5s}]' | set 30s or more",
        "'plans: [{name: a, memory-megabytes: 1536, milli-cpus: 2000, processes: 256, sockets-for: 5m}]' | sockets-for is set, sockets-every is not",
        "'channels: {whatsapp: {api-root: https://a}}' | must be like wss://HOST",
        "'plans: [{budget: 5}]' | plans: budget holds amount, currency, period, hard",
        "'plans: [{budget: {amount: 5, currency: dollars}}]' | plans: a currency is a code",
        "'plans: [{budget: {amount: -5, currency: USD}}]' | plans: a budget is 0 or more",
        "'plans: [{budget: {amount: 5, currency: USD, period: year}}]' | period is 'year': set day, month or total",
        "'plans: [{budget: {amount: 5, currency: USD, hard: maybe}}]' | hard is 'maybe': set true or false",
        "'plans: [{budget: {amount: 5, currency: USD, cap: 1}}]' | a budget has no 'cap'",
        "'plans: [{quota: {tokens: 5}}]' | a quota has no 'tokens'",
        "'plans: [{quota: {calls-at-once: 0}}]' | calls at once are 1 to 1000000",
        "'plans: [{quota: {tokens-per-day: 1.5}}]' | tokens-per-day is '1.5': set a whole number",
        "'plans: [{name: a, memory-megabytes: 1024, milli-cpus: 1000, processes: 128, price: 9}]' | three letters",
        "'plans: [{name: a, memory-megabytes: 1024, milli-cpus: 1000, processes: 128, price: -9, currency: CNY}]' | is -9.00: set 0 to 1000000",
        "'plans: [{name: a, memory-megabytes: 1024, milli-cpus: 1000, processes: 128, price: 1000000.000000001, currency: VND}]' | set 0 to 1000000",
        "'plans: [{name: a, memory-megabytes: 1024, milli-cpus: 1000, processes: 128, budget: {amount: 1000000001, currency: USD}}]' | a budget is 0 to 1000000000",
        "'plans: [{name: a, memory-megabytes: 1024, milli-cpus: 1000, processes: 128, quota: {tokens-per-day: 1000000000000001}}]' | tokens a day are 0 to 1000000000000000",
        "'- a' | must hold keys and values"
      })
  void a_wrong_value_is_told_with_its_setting_and_what_to_set(String file, String message)
      throws IOException {
    file(file + "\n");

    assertThatThrownBy(() -> Settings.read(home, Map.of(), Map.of()))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining(message.strip());
  }

  @Test
  void a_broken_file_is_told_by_its_line_and_not_by_its_content() throws IOException {
    file("port: 1\nmodel:\n  api-key: \"sk-secret\n");

    assertThatThrownBy(() -> Settings.read(home, Map.of(), Map.of()))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("config.yaml is no YAML, see line ")
        .hasMessageNotContaining("sk-secret");
  }

  @Test
  void an_empty_file_sets_nothing() throws IOException {
    file("# nothing yet\n");

    assertThat(Settings.read(home, Map.of(), Map.of()).port()).isEqualTo(3000);
  }

  @Test
  void the_first_plan_of_the_file_is_the_standard_one() throws IOException {
    file(
        """
        plans:
          - {name: small, memory-megabytes: 1024, milli-cpus: 1000, processes: 128}
          - {name: large, memory-megabytes: 4096, milli-cpus: 2000, processes: 256, price: 99.50, currency: CNY}
        """);

    var plans = Settings.read(home, Map.of(), Map.of()).plans();

    assertThat(plans.names()).containsExactly("small", "large");
    assertThat(plans.standard().limits().memoryBytes()).isEqualTo(1L << 30);
    assertThat(plans.standard().price()).isNull();
    assertThat(plans.named("large").orElseThrow().price()).hasToString("CNY 99.50");
  }

  @Test
  void a_plan_names_a_budget_and_a_quota_for_each_of_its_instances() throws IOException {
    file(
        """
        plans:
          - name: free
            memory-megabytes: 1024
            milli-cpus: 1000
            processes: 128
            budget: {amount: 5, currency: USD}
            quota: {tokens-per-day: 200000, calls-at-once: 4}
          - {name: large, memory-megabytes: 4096, milli-cpus: 2000, processes: 256}
        """);

    var plans = Settings.read(home, Map.of(), Map.of()).plans();

    assertThat(plans.standard().allowance())
        .isEqualTo(
            new Allowance(
                Optional.of(
                    new Budget(Money.parse(Money.currency("USD"), "5"), Period.MONTH, true)),
                new Quota(
                    OptionalLong.of(200_000),
                    OptionalLong.empty(),
                    OptionalLong.empty(),
                    OptionalLong.of(4))));
    assertThat(plans.named("large").orElseThrow().allowance()).isEqualTo(Allowance.UNBOUND);
  }

  @Test
  void what_is_sold_may_be_said_in_the_file_or_in_the_environment() throws IOException {
    file(
        "payments:\n  grace: 3d\n  stripe:\n    key: sk_1\n    webhook-secret: whsec_1\n    prices:\n      pro: price_1\n      enterprise: price_2\n");

    var inFile = Settings.read(home, Map.of(), Map.of()).payments();
    var there =
        Settings.read(home, Map.of("ROCKPOOL_STRIPE_PRICES", "pro=price_9"), Map.of()).payments();

    var prices = Map.of("pro", "price_1", "enterprise", "price_2");
    assertThat(inFile.terms()).isEqualTo(new Terms(Duration.ofDays(3), Duration.ofDays(30)));
    assertThat(inFile.stripe())
        .isEqualTo(
            new PaymentSettings.Stripe(
                Secret.of("sk_1"),
                Secret.of("whsec_1"),
                URI.create("https://api.stripe.com"),
                prices));
    assertThat(there.stripe()).extracting(it -> it.prices()).isEqualTo(Map.of("pro", "price_9"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ROCKPOOL_STRIPE_PRICES=pro=price_1 | payments.stripe.key is not set",
        "ROCKPOOL_STRIPE_KEY=k | payments.stripe.webhook-secret is not: set it (ROCKPOOL_STRIPE_WEBHOOK_SECRET)",
        "ROCKPOOL_STRIPE_KEY=k;ROCKPOOL_STRIPE_WEBHOOK_SECRET=w | payments.stripe.prices is not",
        "ROCKPOOL_STRIPE_KEY=k;ROCKPOOL_STRIPE_WEBHOOK_SECRET=w;ROCKPOOL_STRIPE_PRICES=gold=price_1 | the plan 'gold': there are free, pro, enterprise",
        "ROCKPOOL_STRIPE_KEY=k;ROCKPOOL_STRIPE_WEBHOOK_SECRET=w;ROCKPOOL_STRIPE_PRICES=pro | must be like pro=price_1Abc",
        "ROCKPOOL_PAYMENTS_GRACE=soon | payments.grace is 'soon'",
        "ROCKPOOL_PAYMENTS_DATA_KEPT=0s | set 1d or more"
      })
  void payments_that_are_half_set_up_are_refused(String environment, String message) {
    var variables =
        Stream.of(environment.split(";", -1))
            .map(it -> it.split("=", 2))
            .collect(Collectors.toMap(it -> it[0], it -> it[1]));

    assertThatThrownBy(() -> Settings.read(home, variables, Map.of()))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining(message);
  }

  private void file(String content) throws IOException {
    Files.writeString(home.resolve(Settings.FILE), content);
  }
}
