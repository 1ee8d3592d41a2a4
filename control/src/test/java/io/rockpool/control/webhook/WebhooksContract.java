package io.rockpool.control.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rockpool.control.account.Accounts;
import io.rockpool.control.event.Event;
import io.rockpool.control.vault.Vault;
import io.rockpool.control.webhook.Message.State;
import io.rockpool.control.webhook.Webhooks.Position;
import io.rockpool.control.webhook.Webhooks.Replayed;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What operators expect of webhooks before anything is sent, on every database. */
abstract class WebhooksContract extends WebhooksFixture {
  @Test
  void what_happens_is_written_down_for_each_that_wants_it_under_one_id() {
    var all = made("all", ALL);
    var group = made("group", List.of("budget.*", "instance.failed"));
    var other = made("other", List.of("instance.ready"));

    events.append(X, "Running", 100, "It answers.");
    say("BudgetSpent", "100 % of the budget is spent.");
    say("Failed", "It did not come up.");

    assertThat(messages(all))
        .extracting(Message::type)
        .containsExactlyInAnyOrder("instance.ready", "budget.exceeded", "instance.failed");
    assertThat(messages(group))
        .extracting(Message::type)
        .containsExactlyInAnyOrder("budget.exceeded", "instance.failed");
    assertThat(messages(all)).extracting(Message::id).contains(only(other).id());
    assertThat(only(other))
        .isEqualTo(
            new Message(
                other.webhook().id(),
                only(other).id(),
                "instance.ready",
                "{\"type\":\"instance.ready\",\"timestamp\":\"2026-11-30T12:00:00Z\",\"data\":{\"instance\":\"x\",\"account\":\"ada\",\"message\":\"It answers.\",\"progress\":100}}",
                State.WAITING,
                0,
                NOON,
                NOON,
                null,
                null,
                null,
                null));
    assertThat(only(other).id()).matches("msg_[0-9A-Za-z]{24}");
  }

  @Test
  void steps_on_the_way_and_what_nobody_owns_are_told_to_nobody() {
    var all = made("all", ALL);
    insert(new InstanceId("spare"), Accounts.POOL);

    say("Starting", "OpenClaw is being started.");
    say("SomethingNew", "Nobody has named it yet.");
    events.append(new InstanceId("spare"), "Running", 100, "It answers.");
    events.append(new InstanceId("nowhere"), "Running", 100, "It answers.");

    assertThat(messages(all)).isEmpty();
  }

  @Test
  void what_is_said_again_is_told_once_and_what_is_undone_is_not_told() {
    var all = made("all", ALL);

    say("Silent", "It does not answer.");
    say("Silent", "It does not answer.");
    assertThatThrownBy(() ->
            sql.transaction(it -> {
              events.append(it, X, "Failed", "It did not come up.");
              throw new IllegalStateException("killed");
            }))
        .hasMessage("killed");

    assertThat(only(all).type()).isEqualTo("instance.silent");
    assertThat(events.after(X, 0, 9)).extracting(Event::kind).containsExactly("Silent");
  }

  @Test
  void what_happened_before_a_webhook_and_while_it_was_disabled_is_not_told() {
    say("Failed", "It did not come up.");
    var hook = made("hook", ALL);
    webhooks.change(hook.webhook().id(), Webhook::disabled);
    say("Running", "It answers.");
    webhooks.change(hook.webhook().id(), Webhook::enabledAnew);

    say("Silent", "It does not answer.");

    assertThat(only(hook).type()).isEqualTo("instance.silent");
  }

  @Test
  void the_longest_message_fits_into_twenty_kilobytes() {
    var hook = made("hook", ALL);

    say("Failed", "\u0001".repeat(1_998) + "🎉" + "x".repeat(50_000));

    var body = only(hook).body();
    assertThat(body.getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(20 << 10);
    assertThat(body).endsWith("\\u0001…\"}}");
  }

  @Test
  void what_a_webhook_does_not_keep_up_with_is_not_kept_for_it() {
    var full = made("full", ALL);
    var other = made("other", ALL);
    var row =
        "INSERT INTO webhook_message (webhook_id, id, type, body, state, attempts, created_at, due_at) ";
    sql.update(row + "VALUES (?, 'm', 't', 'b', 'waiting', 0, 0, 0)", full.webhook().id());
    for (int n = 0; rows("webhook_message") < Publisher.MOST_WAITING; n++) {
      sql.update(
          row
              + "SELECT webhook_id, id || ?, type, body, state, 0, 0, 0 FROM webhook_message LIMIT ?",
          "." + n,
          Publisher.MOST_WAITING - rows("webhook_message"));
    }

    say("Failed", "It did not come up.");

    assertThat(rows("webhook_message")).isEqualTo(Publisher.MOST_WAITING + 1);
    assertThat(only(other).type()).isEqualTo("instance.failed");
  }

  @Test
  void a_webhook_is_found_as_it_was_made_and_shows_its_secret_once() {
    var made = made("hook", List.of("instance.*"));

    assertThat(webhooks.find(made.webhook().id())).contains(made.webhook());
    assertThat(webhooks.list()).containsExactly(made.webhook());
    assertThat(made.webhook().toString()).doesNotContain("whsec");
    assertThat(made.webhook().enabled()).isTrue();
    assertThat(made.webhook().trouble()).isNull();
    assertThat(made.secret().reveal()).startsWith("whsec_");
    assertThat(sql.query("SELECT sealed FROM vault_secret", row -> row.getString(1)))
        .singleElement()
        .asString()
        .doesNotContain(made.secret().reveal().substring(6));
  }

  @Test
  void there_are_fifty_at_most() {
    for (int n = 0; n < Webhooks.MOST; n++) {
      made("hook" + n, ALL);
    }

    assertThat(webhooks.create(URI.create("https://one.example/"), false, ALL)).isEmpty();
    assertThat(webhooks.list()).hasSize(Webhooks.MOST);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://hooks.example.com/",
        "ftp://hooks.example.com/",
        "https://ada:secret@hooks.example.com/",
        "https://hooks.example.com/#part",
        "/hooks",
        "https:hooks"
      })
  void a_url_that_is_none_is_refused(String url) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> webhooks.create(URI.create(url), false, ALL))
        .satisfies(it -> assertThat(it.getMessage()).doesNotContain("secret"));
    assertThat(webhooks.list()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"instance", "instance.", "instance.*.*", "*", ".*", "ready", "", "a.*"})
  void a_type_that_there_is_not_is_refused(String type) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> webhooks.create(URI.create("https://a.example/"), false, List.of(type)))
        .withMessageContaining("instance.ready");
    assertThat(webhooks.list()).isEmpty();
  }

  @Test
  void a_webhook_that_is_changed_hears_of_other_things() {
    var hook = made("hook", List.of("instance.ready"));

    var changed =
        webhooks.change(
            hook.webhook().id(),
            it -> it.at(URI.create("http://10.0.0.1/"), true).about(List.of("delivery.dead")));
    say("Running", "It answers.");
    say("DeliveryDead", "A message was given up.");

    assertThat(changed).isEqualTo(webhooks.find(hook.webhook().id()));
    assertThat(changed.orElseThrow().url()).hasHost("10.0.0.1");
    assertThat(only(hook).type()).isEqualTo("delivery.dead");
    assertThat(webhooks.change("nobody", it -> it)).isEmpty();
  }

  @Test
  void a_change_that_is_refused_changes_nothing() {
    var hook = made("hook", ALL);

    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            webhooks.change(
                hook.webhook().id(), it -> it.at(URI.create("http://10.0.0.1/"), false)));

    assertThat(now(hook)).isEqualTo(hook.webhook());
  }

  @Test
  void what_is_removed_leaves_nothing() {
    var hook = made("hook", ALL);
    var other = made("other", ALL);
    webhooks.rotate(hook.webhook().id(), Duration.ofDays(1));
    say("Running", "It answers.");

    assertThat(webhooks.remove(hook.webhook().id())).isTrue();

    assertThat(webhooks.remove(hook.webhook().id())).isFalse();
    assertThat(webhooks.find(hook.webhook().id())).isEmpty();
    assertThat(messages(hook)).isEmpty();
    assertThat(messages(other)).hasSize(1);
    assertThat(secrets()).containsExactly(other.webhook().id() + "/1");
    assertThat(rows("webhook_secret")).isOne();
  }

  private List<String> secrets() {
    return vault.ids(SERVER, Accounts.ADMIN, "webhook-secret");
  }

  @Test
  void a_rotation_keeps_the_old_secret_for_a_while() {
    var hook = made("hook", ALL);
    var id = hook.webhook().id();

    var rotated = webhooks.rotate(id, Duration.ofHours(2)).orElseThrow();

    assertThat(rotated.secret()).isNotEqualTo(hook.secret());
    assertThat(rotated.webhook().previousUntil()).isEqualTo(NOON.plus(Duration.ofHours(2)));
    assertThat(signing(id)).containsExactly(rotated.secret().reveal(), hook.secret().reveal());
    clock.advance(Duration.ofHours(2));
    assertThat(signing(id)).containsExactly(rotated.secret().reveal());
    webhooks.sweep();
    assertThat(secrets()).containsExactly(id + "/2");
    assertThat(now(hook).previousUntil()).isNull();
    assertThat(webhooks.rotate("nobody", Duration.ZERO)).isEmpty();
  }

  @Test
  void rotations_in_a_row_leave_three_secrets_and_shorten_none() {
    var hook = made("hook", ALL);
    var id = hook.webhook().id();
    var second = webhooks.rotate(id, Duration.ofHours(1)).orElseThrow().secret().reveal();
    var third = webhooks.rotate(id, Duration.ofHours(9)).orElseThrow().secret().reveal();

    assertThat(signing(id)).containsExactly(third, second, hook.secret().reveal());
    var fourth = webhooks.rotate(id, Duration.ofHours(9)).orElseThrow().secret().reveal();
    assertThat(signing(id)).containsExactly(fourth, third, second);
    assertThat(secrets()).hasSize(3);
    var fifth = webhooks.rotate(id, Duration.ZERO).orElseThrow().secret().reveal();
    assertThat(signing(id)).containsExactly(fifth);
  }

  private List<String> signing(String id) {
    return new SigningSecrets(new WebhookStore(sql), vault, new Random(0))
        .of(id, clock.instant()).stream().map(it -> it.reveal()).toList();
  }

  @Test
  void a_server_that_is_killed_while_it_makes_one_leaves_one_that_says_so_and_can_go() {
    var store = new WebhookStore(sql);
    var url = URI.create("https://hooks.example.com/");
    store.insert(
        new Webhook("half", url, false, ALL, true, NOON, null, null, null, null), "Half made.", 9);
    say("Running", "It answers.");

    assertThat(webhooks.find("half").orElseThrow().enabled()).isFalse();
    assertThat(webhooks.find("half").orElseThrow().trouble()).isEqualTo("Half made.");
    assertThat(webhooks.messages("half", null, null, 9)).isEmpty();
    assertThat(webhooks.remove("half")).isTrue();
  }

  @Test
  void a_server_that_is_killed_while_it_rotates_harms_nobody() {
    var hook = made("hook", ALL);
    var id = hook.webhook().id();
    var store = new WebhookStore(sql);

    assertThat(store.addSecret(id)).contains(2L); // killed before the secret was kept
    assertThat(signing(id)).containsExactly(hook.secret().reveal());

    assertThat(store.addSecret(id)).contains(3L); // killed just after
    var orphan = new SigningSecrets(store, vault, new Random(9)).make(id, 3);
    assertThat(signing(id)).containsExactly(orphan.reveal(), hook.secret().reveal());

    var rotated = webhooks.rotate(id, Duration.ZERO).orElseThrow();
    assertThat(signing(id)).containsExactly(rotated.secret().reveal());
    assertThat(secrets()).containsExactly(id + "/4");
  }

  @Test
  void secrets_that_nobody_knows_of_are_swept() {
    var hook = made("hook", ALL);
    vault.put(
        SERVER, new Vault.Name(Accounts.ADMIN, "webhook-secret", "gone/1"), Secret.of("whsec_x"));

    webhooks.sweep();

    assertThat(secrets()).containsExactly(hook.webhook().id() + "/1");
  }

  @Test
  void messages_are_listed_newest_first_page_by_page() {
    var hook = made("hook", ALL);
    for (int n = 0; n < 5; n++) {
      say("Silent", "It does not answer, " + n);
      clock.advance(Duration.ofSeconds(n % 2)); // some at the same moment
    }
    var listed = new ArrayList<Message>();
    Optional<Position> before = Optional.empty();
    List<Message> page;
    do {
      page = webhooks.messages(hook.webhook().id(), State.WAITING, before.orElse(null), 2);
      listed.addAll(page);
      before =
          page.stream().reduce((_, last) -> last).map(it -> new Position(it.createdAt(), it.id()));
    } while (page.size() == 2);

    assertThat(listed).containsExactlyElementsOf(messages(hook)).hasSize(5);
    assertThat(listed.getFirst().body()).contains("It does not answer, 4");
    assertThat(webhooks.messages(hook.webhook().id(), State.FAILED, null, 9)).isEmpty();
    assertThat(webhooks.messages("nobody", null, null, 9)).isEmpty();
  }

  @Test
  void what_is_two_weeks_old_is_forgotten() {
    var hook = made("hook", ALL);
    IntStream.range(0, 3).forEach(n -> say("Silent", "It does not answer, " + n));
    clock.advance(Duration.ofDays(14));
    say("Running", "It answers.");

    webhooks.sweep();
    assertThat(messages(hook)).hasSize(4);
    clock.advance(Duration.ofMillis(1));
    webhooks.sweep();

    assertThat(only(hook).type()).isEqualTo("instance.ready");
  }

  @Test
  void what_is_not_there_is_not_sent_again() {
    var hook = made("hook", ALL);
    say("Running", "It answers.");

    assertThat(webhooks.replay(hook.webhook().id(), "msg_x")).isEqualTo(Replayed.UNKNOWN);
    assertThat(webhooks.replay("nobody", only(hook).id())).isEqualTo(Replayed.UNKNOWN);
    webhooks.change(hook.webhook().id(), Webhook::disabled);
    assertThat(webhooks.replay(hook.webhook().id(), only(hook).id())).isEqualTo(Replayed.DISABLED);
  }
}
