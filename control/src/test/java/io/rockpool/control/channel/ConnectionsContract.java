package io.rockpool.control.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.rockpool.channel.Registrar;
import io.rockpool.channel.tck.DiscordDouble;
import io.rockpool.channel.telegram.TelegramChannel;
import io.rockpool.control.account.Accounts;
import io.rockpool.control.account.Actor;
import io.rockpool.control.channel.Connection.State;
import io.rockpool.control.channel.Connections.Connecting;
import io.rockpool.control.channel.Connections.Ending;
import io.rockpool.control.channel.Connections.Permitting;
import io.rockpool.control.channel.Connections.Step;
import io.rockpool.control.channel.Connections.Wish;
import io.rockpool.control.departure.Departures;
import io.rockpool.control.departure.Departures.Departure;
import io.rockpool.control.openclaw.ChatAccount;
import io.rockpool.control.openclaw.ChatAccount.DirectMessages;
import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What owners expect of connecting their bots, on every database. */
abstract class ConnectionsContract extends ConnectionsFixture {
  private static final Duration A_LOOK = Duration.ofMinutes(12);

  @Test
  void a_bot_is_connected_and_its_messages_are_taken() {
    var connection = connected();

    assertThat(connection.state()).isEqualTo(State.CONNECTED);
    assertThat(connection.problem()).isEmpty();
    assertThat(connection.identity().name()).isEqualTo("rockpool_bot");
    var door = host.doors.byKey("telegram", key()).orElseThrow();
    assertThat(door.connection().id()).isEqualTo(connection.id());
    assertThat(host.doors.byId(connection.id())).isPresent();
    assertThat(host.doors.byKey("slack", key())).isEmpty();
    assertThat(host.doors.byKey("telegram", key() + "0")).isEmpty();
    telegram.says(7, 7, "hello");
    telegram.deliverDue();
    assertThat(came).containsExactly("Messages");
    assertThat(telegram.waiting()).isZero();
    assertThat(events(X)).containsExactly("ChannelConnected");
    assertThat(told()).isOne();
  }

  @Test
  void another_server_knows_it_too_and_no_database_knows_its_key_or_token() throws IOException {
    var connection = connected();
    var replica = host(other);

    replica.doors.refresh();

    assertThat(replica.doors.byKey("telegram", key())).isPresent();
    var dump = new StringBuilder();
    for (var table : List.of("channel_connection", "vault_secret", "event")) {
      sql.query(
          "SELECT * FROM " + table,
          row -> {
            for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
              dump.append(row.getString(i)).append('\n');
            }
            return true;
          });
    }
    assertThat(dump).contains(connection.id()).doesNotContain(key()).doesNotContain("AAExample");
  }

  @Test
  void the_instance_is_told_the_same_address_and_secret() {
    connected();

    var account = (ChatAccount.Telegram) host.accounts.of(X).getFirst();

    assertThat(account.webhookUrl()).isEqualTo(telegram.webhook().orElseThrow());
    assertThat(account.token()).isEqualTo(TOKEN);
    assertThat(account.apiRoot()).contains(telegram.root());
    assertThat(host.accounts.of(Y)).isEmpty();
  }

  @Test
  void a_token_that_is_not_known_is_refused_and_nothing_is_kept() {
    var wish =
        new Wish(
            "telegram",
            Secret.of("1:another"),
            Optional.empty(),
            DirectMessages.PAIRING,
            List.of());

    assertThat(host.connections.connect(ADA, "ada", X, wish))
        .isInstanceOf(Connecting.TokenRefused.class);
    assertThat(count("channel_connection")).isZero();
    assertThat(count("vault_secret")).isZero();
  }

  @Test
  void a_platform_that_does_not_answer_is_to_be_asked_again_and_nothing_is_kept() {
    telegram.down(true);

    assertThat(host.connections.connect(ADA, "ada", X, telegramWish()))
        .isInstanceOf(Connecting.Unavailable.class);
    assertThat(count("channel_connection")).isZero();
    assertThat(count("vault_secret")).isZero();
  }

  @Test
  void a_bot_is_in_one_connection_and_an_instance_has_one_of_each_platform() {
    connected();

    assertThat(host.connections.connect(BOB, "bob", Y, telegramWish()))
        .isInstanceOfSatisfying(
            Connecting.InTheWay.class,
            it -> assertThat(it.advice()).contains("rockpool_bot", "elsewhere"));
    assertThat(host.connections.connect(ADA, "ada", X, telegramWish()))
        .isInstanceOfSatisfying(
            Connecting.InTheWay.class, it -> assertThat(it.advice()).contains("already"));
    assertThat(count("channel_connection")).isOne();
    assertThat(count("vault_secret")).isEqualTo(3);
  }

  @Test
  void an_address_that_telegram_would_not_take_is_said_at_once() throws IOException {
    var strict = host(sql, Map.of("slack", slack.root()));

    assertThat(strict.connections.connect(ADA, "ada", X, telegramWish()))
        .isInstanceOfSatisfying(
            Connecting.NoAddress.class,
            it -> assertThat(it.advice()).contains("https", "ROCKPOOL_PUBLIC_URL"));
  }

  @Test
  void wishes_that_make_no_sense_are_refused_by_their_part() {
    assertThat(
            host.connections.connect(
                ADA,
                "ada",
                X,
                new Wish("telegram", TOKEN, Optional.empty(), DirectMessages.ALLOWLIST, List.of())))
        .isInstanceOfSatisfying(
            Connecting.Invalid.class, it -> assertThat(it.part()).isEqualTo("allowFrom"));
    assertThat(
            host.connections.connect(
                ADA,
                "ada",
                X,
                new Wish("slack", slack.token(), Optional.empty(), DirectMessages.OPEN, List.of())))
        .isInstanceOfSatisfying(
            Connecting.Invalid.class, it -> assertThat(it.part()).isEqualTo("signingSecret"));
    assertThat(
            host.connections.connect(
                ADA,
                "ada",
                X,
                new Wish("icq", TOKEN, Optional.empty(), DirectMessages.OPEN, List.of())))
        .isEqualTo(new Connecting.NoPlatform(List.of("discord", "slack", "telegram", "whatsapp")));
    assertThat(telegram.calls()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"@eve", "eve", "*", "", "7 8", "-7"})
  void a_sender_is_named_by_his_number(String sender) {
    assertThat(
            host.connections.connect(
                ADA,
                "ada",
                X,
                new Wish(
                    "telegram",
                    TOKEN,
                    Optional.empty(),
                    DirectMessages.ALLOWLIST,
                    List.of("7", sender))))
        .isInstanceOfSatisfying(
            Connecting.Invalid.class, it -> assertThat(it.part()).isEqualTo("allowFrom"));
  }

  @Test
  void who_may_write_is_kept_and_told_to_the_instance() {
    begun(
        host.connections.connect(
            ADA,
            "ada",
            X,
            new Wish(
                "telegram", TOKEN, Optional.empty(), DirectMessages.ALLOWLIST, List.of("7", "8"))));

    var account = host.accounts.of(X).getFirst();
    assertThat(account.directMessages()).isEqualTo(DirectMessages.ALLOWLIST);
    assertThat(account.allowFrom()).containsExactly("7", "8");
  }

  @Test
  void who_may_write_is_said_anew_and_told_to_the_instance_while_the_bot_stays()
      throws IOException {
    var id = connected().id();
    var replica = host(other);
    replica.doors.refresh();
    var ours = telegram.webhook();

    assertThat(permitted(id, Optional.of(DirectMessages.ALLOWLIST), Optional.of(List.of("7", "8"))))
        .isEqualTo(new Senders(DirectMessages.ALLOWLIST, List.of("7", "8")));

    var account = host.accounts.of(X).getFirst();
    assertThat(account.directMessages()).isEqualTo(DirectMessages.ALLOWLIST);
    assertThat(account.allowFrom()).containsExactly("7", "8");
    assertThat(told()).isEqualTo(2);
    assertThat(events(X)).containsExactly("ChannelConnected", "ChannelSendersChanged");
    replica.doors.refresh();
    assertThat(replica.doors.byId(id).orElseThrow().connection().allowFrom())
        .containsExactly("7", "8");
    clock.advance(A_LOOK);
    host.look();
    assertThat(telegram.webhook()).isEqualTo(ours);
    assertThat(host.accounts.of(X).getFirst().allowFrom()).containsExactly("7", "8");

    permitted(id, Optional.of(DirectMessages.ALLOWLIST), Optional.empty());
    assertThat(told()).as("it knows that").isEqualTo(2);
    assertThat(events(X)).as("nothing is new").hasSize(2);
  }

  @Test
  void what_is_not_said_of_who_may_write_stays_and_where_all_may_nobody_is_named() {
    var id = connected().id();

    assertThat(permitted(id, Optional.empty(), Optional.of(List.of("7"))))
        .isEqualTo(new Senders(DirectMessages.PAIRING, List.of("7")));
    assertThat(permitted(id, Optional.of(DirectMessages.ALLOWLIST), Optional.empty()))
        .isEqualTo(new Senders(DirectMessages.ALLOWLIST, List.of("7")));
    assertThat(permitted(id, Optional.of(DirectMessages.OPEN), Optional.of(List.of("8"))))
        .isEqualTo(new Senders(DirectMessages.OPEN, List.of()));
    assertThat(permitted(id, Optional.of(DirectMessages.PAIRING), Optional.empty()))
        .isEqualTo(new Senders(DirectMessages.PAIRING, List.of()));
  }

  @Test
  void who_may_write_is_checked_as_when_a_bot_is_connected() {
    var id = connected().id();
    var allowlist = Optional.of(DirectMessages.ALLOWLIST);

    assertThat(permit(id, allowlist, Optional.empty())).satisfies(invalid("at least one"));
    assertThat(permit(id, allowlist, Optional.of(List.of("eve")))).satisfies(invalid("a number"));
    assertThat(permit(id, allowlist, Optional.of(Collections.nCopies(101, "7"))))
        .satisfies(invalid("up to 100"));
    permitted(id, Optional.of(DirectMessages.OPEN), Optional.empty());
    assertThat(permit(id, Optional.empty(), Optional.of(List.of("7"))))
        .as("it would let in everybody all the same")
        .satisfies(invalid("dmPolicy"));
    assertThat(host.accounts.of(X).getFirst().directMessages()).isEqualTo(DirectMessages.OPEN);
  }

  @Test
  void of_two_who_change_who_may_write_at_once_one_begins_anew() {
    var before = connected();
    permitted(before.id(), Optional.empty(), Optional.of(List.of("7")));

    var said = new ConnectionStore.Said("ChannelSendersChanged", "It answers others.");
    assertThat(
            host.store.permit(
                before, new Senders(DirectMessages.ALLOWLIST, List.of("8")), said, NOON))
        .isFalse();

    assertThat(host.accounts.of(X).getFirst().allowFrom()).containsExactly("7");
    assertThat(events(X)).hasSize(2);
  }

  @Test
  void of_one_that_ends_nobody_says_any_more_who_may_write() {
    var connection = connected();
    telegram.down(true);
    host.connections.disconnect(ADA, X, connection.id());

    assertThat(permit(connection.id(), Optional.of(DirectMessages.OPEN), Optional.empty()))
        .isEqualTo(new Permitting.Unknown());
    var said = new ConnectionStore.Said("ChannelSendersChanged", "It answers all.");
    assertThat(
            host.store.permit(connection, new Senders(DirectMessages.OPEN, List.of()), said, NOON))
        .isFalse();
  }

  private Permitting permit(
      String id, Optional<DirectMessages> policy, Optional<List<String>> allowFrom) {
    return host.connections.permit(ADA, X, id, policy, allowFrom);
  }

  private static Consumer<Permitting> invalid(String words) {
    return outcome ->
        assertThat(outcome)
            .isInstanceOfSatisfying(
                Permitting.Invalid.class,
                it -> {
                  assertThat(it.part()).isEqualTo("allowFrom");
                  assertThat(it.message()).contains(words);
                });
  }

  private Senders permitted(
      String id, Optional<DirectMessages> policy, Optional<List<String>> allowFrom) {
    var outcome = permit(id, policy, allowFrom);
    assertThat(outcome).isInstanceOf(Permitting.Done.class);
    return Senders.of(((Permitting.Done) outcome).view().connection());
  }

  @Test
  void of_ten_thousand_connections_only_those_are_read_that_changed() {
    var one = connected();
    sql.transaction(it -> {
      for (int i = 0; i < 10_000; i++) {
        it.update(
            """
            INSERT INTO channel_connection
            SELECT ?, platform, account_id, NULL, ?, ?, identity_name, identity_team, direct_messages, allow_from, state,
              problem, created_at, checked_at, heard_at, told, ?, holder, lease_until, attempts, revision
            FROM channel_connection WHERE id = ?
            """,
            "c" + i,
            ConnectionSecrets.hash("key" + i),
            "bot" + i,
            Long.MAX_VALUE,
            one.id());
      }
      return it.update("UPDATE channel_change SET revision = revision + 1");
    });
    var fresh = new Doors(host.store, host.secrets, platforms(), clock);
    fresh.refresh();
    for (var id : List.of("c1", "c2")) {
      host.secrets.put(
          connection(id).orElseThrow(),
          new ConnectionSecrets.Held(TOKEN, Secret.of("s"), Secret.of("k")));
    }
    var before = fresh.byKey("telegram", "key1").orElseThrow();

    host.store.leave(connection("c2").orElseThrow(), null, clock.instant());
    fresh.refresh();

    assertThat(fresh.byId("c2")).isEmpty();
    assertThat(fresh.byKey("telegram", "key2")).isEmpty();
    assertThat(fresh.byKey("telegram", "key1").orElseThrow().connection())
        .isSameAs(before.connection());
    assertThat(fresh.byKey("telegram", "key9999x")).isEmpty();
  }

  private Optional<Connection> connection(String id) {
    return host.store.find(new Actor.Rockpool("test"), id).map(ConnectionStore.Row::connection);
  }

  @Test
  void what_belongs_to_others_is_not_there() {
    var connection = connected();

    assertThat(host.connections.find(BOB, X, connection.id())).isEmpty();
    assertThat(host.connections.list(BOB, X)).isEmpty();
    assertThat(host.connections.test(BOB, X, connection.id())).isEmpty();
    assertThat(host.connections.disconnect(BOB, X, connection.id())).isEqualTo(Ending.UNKNOWN);
    assertThat(host.connections.find(BOB, Y, connection.id())).isEmpty();
    assertThat(host.connections.find(ADA, null, connection.id())).isEmpty();
    for (var instance : List.of(X, Y)) {
      assertThat(
              host.connections.permit(
                  BOB,
                  instance,
                  connection.id(),
                  Optional.of(DirectMessages.OPEN),
                  Optional.empty()))
          .isEqualTo(new Permitting.Unknown());
    }
    assertThat(host.connections.connect(BOB, "ada", X, slackWish()))
        .isEqualTo(new Connecting.Unknown());
    assertThat(host.connections.connect(ADA, "ada", null, slackWish()))
        .isEqualTo(new Connecting.Unknown());
    assertThat(host.connections.connect(ADA, "ada", Y, slackWish()))
        .isEqualTo(new Connecting.Unknown());
    assertThat(host.connections.find(ADA, X, connection.id())).isPresent();
    assertThat(host.connections.find(OPERATOR, X, connection.id())).isPresent();
  }

  @Test
  void a_shared_bot_is_the_operators() {
    var shared = begun(host.connections.connect(OPERATOR, "admin", null, telegramWish()));

    assertThat(shared.instance()).isNull();
    assertThat(host.doors.byKey("telegram", key())).isPresent();
    assertThat(host.connections.list(OPERATOR, null)).hasSize(1);
    assertThat(host.connections.list(ADA, null)).isEmpty();
    assertThat(host.accounts.of(X)).isEmpty();
    assertThat(host.connections.disconnect(ADA, null, shared.id())).isEqualTo(Ending.UNKNOWN);
    assertThat(host.connections.disconnect(OPERATOR, null, shared.id())).isEqualTo(Ending.DONE);
    assertThat(telegram.webhook()).isEmpty();
  }

  @Test
  void disconnecting_leaves_nothing_here_nor_at_the_platform() {
    var connection = connected();
    var key = key();

    assertThat(host.connections.disconnect(ADA, X, connection.id())).isEqualTo(Ending.DONE);

    assertThat(telegram.webhook()).isEmpty();
    assertThat(count("channel_connection")).isZero();
    assertThat(count("vault_secret")).isZero();
    assertThat(host.doors.byKey("telegram", key)).isEmpty();
    assertThat(host.doors.byId(connection.id())).isEmpty();
    assertThat(events(X)).containsExactly("ChannelConnected", "ChannelDisconnected");
    assertThat(host.connections.disconnect(ADA, X, connection.id())).isEqualTo(Ending.UNKNOWN);
    assertThat(host.connections.connect(BOB, "bob", Y, telegramWish()))
        .isInstanceOf(Connecting.Begun.class);
  }

  @Test
  void a_platform_that_cannot_be_told_is_told_later() {
    var connection = connected();
    var key = key();
    telegram.down(true);

    assertThat(host.connections.disconnect(ADA, X, connection.id())).isEqualTo(Ending.BEGUN);

    assertThat(host.doors.byKey("telegram", key)).isEmpty();
    assertThat(host.accounts.of(X)).isEmpty();
    var view = host.connections.find(ADA, X, connection.id()).orElseThrow().connection();
    assertThat(view.state()).isEqualTo(State.DISCONNECTING);
    assertThat(view.problem()).isNotEmpty();
    assertThat(host.connections.disconnect(ADA, X, connection.id())).isEqualTo(Ending.BEGUN);
    telegram.down(false);
    clock.advance(Duration.ofHours(2));
    host.look();
    assertThat(telegram.webhook()).isEmpty();
    assertThat(count("channel_connection")).isZero();
    assertThat(count("vault_secret")).isZero();
  }

  @Test
  void a_webhook_that_was_set_elsewhere_is_left_there_when_ours_ends() {
    var connection = connected();
    var elsewhere = URI.create("https://elsewhere.example/hook");
    registrar().register(elsewhere, Secret.of("other"));

    host.connections.disconnect(ADA, X, connection.id());

    assertThat(telegram.webhook()).contains(elsewhere);
    assertThat(count("channel_connection")).isZero();
  }

  @Test
  void one_that_is_registered_at_a_former_address_of_ours_ends_there_too() {
    var connection = connected();
    registrar()
        .register(
            URI.create("https://former.example/webhook/telegram/" + key()), Secret.of("same"));

    host.connections.disconnect(ADA, X, connection.id());

    assertThat(telegram.webhook()).isEmpty();
  }

  @Test
  void a_webhook_that_somebody_removed_is_set_again() {
    var connection = connected();
    var ours = telegram.webhook();
    registrar().unregister();

    clock.advance(A_LOOK);
    host.look();

    assertThat(telegram.webhook()).isEqualTo(ours);
    assertThat(events(X)).containsExactly("ChannelConnected", "ChannelWebhookRestored");
    telegram.says(7, 7, "hello");
    telegram.deliverDue();
    assertThat(came).as("with its secret").containsExactly("Messages");
    assertThat(state(connection)).isEqualTo(State.CONNECTED);
  }

  @Test
  void one_that_just_started_is_looked_at_soon() {
    connected();
    registrar().unregister();
    clock.advance(Duration.ofMinutes(1));
    host.look();
    assertThat(telegram.webhook()).isEmpty();

    host.rounds.started(X);
    clock.advance(Duration.ofSeconds(20));
    host.look();

    assertThat(telegram.webhook()).isPresent();
  }

  @Test
  void what_the_platform_cannot_deliver_is_shown_until_it_does() {
    var connection = connected();
    reachable = false;
    telegram.says(7, 7, "hello");
    telegram.deliverDue();

    clock.advance(A_LOOK);
    host.look();

    var failing = host.connections.find(ADA, X, connection.id()).orElseThrow().connection();
    assertThat(failing.state()).isEqualTo(State.FAILING);
    assertThat(failing.problem()).contains("1 messages", "404");
    assertThat(events(X)).containsExactly("ChannelConnected", "ChannelFailing");
    assertThat(host.doors.byKey("telegram", key()))
        .as("it takes messages all the same")
        .isPresent();
    reachable = true;
    telegram.deliverDue();
    clock.advance(Duration.ofMinutes(2));
    host.look();
    assertThat(state(connection)).isEqualTo(State.CONNECTED);
  }

  @Test
  void an_address_that_does_not_lead_here_is_said_but_refuses_nothing() {
    reachable = false;

    var connection = connected();

    assertThat(connection.state()).isEqualTo(State.CONNECTED);
    assertThat(connection.problem()).contains("ROCKPOOL_PUBLIC_URL").doesNotContain(key());
    assertThat(host.connections.test(ADA, X, connection.id()).orElseThrow())
        .extracting(Step::name, Step::ok)
        .contains(tuple("address", false), tuple("token", true));
  }

  @Test
  void a_test_says_of_each_step_whether_it_is_right() {
    var connection = connected();

    assertThat(host.connections.test(ADA, X, connection.id()).orElseThrow())
        .allMatch(Step::ok)
        .extracting(Step::name)
        .containsExactly("token", "webhook", "delivery", "address");
    registrar().unregister();
    assertThat(host.connections.test(ADA, X, connection.id()).orElseThrow())
        .filteredOn(it -> !it.ok())
        .extracting(Step::name)
        .containsExactly("webhook");
    host.look();
    assertThat(telegram.webhook()).as("it was looked after right afterwards").isPresent();
  }

  @Test
  void slack_is_connected_when_its_first_request_came() {
    var connection = begun(host.connections.connect(ADA, "ada", X, slackWish()));
    assertThat(connection.state()).isEqualTo(State.CONNECTING);
    var view = host.connections.find(ADA, X, connection.id()).orElseThrow();
    var webhook = view.webhook().orElseThrow();
    assertThat(view.connection().problem()).contains("Slack").doesNotContain(webhook.toString());

    assertThat(slack.saveEventAddress(webhook)).isTrue();
    host.look();

    assertThat(came).containsExactly("Probe");
    assertThat(state(connection)).isEqualTo(State.CONNECTED);
    assertThat(host.connections.find(ADA, X, connection.id()).orElseThrow().heardAt())
        .isEqualTo(NOON);
    assertThat(events(X)).containsExactly("ChannelConnected");
    slack.says("U7", "D7", "hello");
    slack.deliverDue();
    assertThat(came).containsExactly("Probe", "Messages");
    assertThat(host.connections.disconnect(ADA, X, connection.id())).isEqualTo(Ending.DONE);
    assertThat(count("vault_secret")).isZero();
  }

  @Test
  void a_bot_that_holds_a_socket_is_connected_without_any_address() {
    var connection = begun(host.connections.connect(ADA, "ada", X, discordWish()));

    assertThat(connection.state()).isEqualTo(State.CONNECTED);
    assertThat(connection.problem()).isEmpty();
    assertThat(events(X)).containsExactly("ChannelConnected");
    assertThat(host.accounts.of(X))
        .containsExactly(
            new ChatAccount.Discord(discord.token(), DirectMessages.PAIRING, List.of()));
    reachable = false;
    clock.advance(A_LOOK);
    host.look();
    assertThat(state(connection)).as("it needs no public address").isEqualTo(State.CONNECTED);
    assertThat(host.connections.test(ADA, X, connection.id()).orElseThrow())
        .containsExactly(new Step("token", true, "Discord knows it: rockpool."));

    assertThat(host.connections.disconnect(ADA, X, connection.id())).isEqualTo(Ending.DONE);
    assertThat(host.accounts.of(X)).isEmpty();
    assertThat(count("channel_connection")).isZero();
    assertThat(count("vault_secret")).isZero();
    assertThat(discord.calls()).allMatch(it -> it.startsWith("GET /"));
  }

  @Test
  void its_commands_may_come_here_and_are_known_by_the_key_that_the_platform_says() {
    var connection = begun(host.connections.connect(ADA, "ada", X, discordWish()));
    var webhook = host.connections.find(ADA, X, connection.id()).orElseThrow().webhook();

    assertThat(discord.saveInteractionsAddress(webhook.orElseThrow())).isTrue();
    assertThat(discord.commands(webhook.orElseThrow(), 7, "ask", "hello"))
        .contains(new DiscordDouble.Answered(200, "{\"type\":5}"));

    assertThat(came).containsExactly("Probe", "Forged", "Messages");
  }

  @Test
  void a_bot_that_holds_a_socket_is_refused_with_a_wrong_token_and_cannot_be_shared() {
    discord.refuses(true);
    assertThat(host.connections.connect(ADA, "ada", X, discordWish()))
        .isInstanceOf(Connecting.TokenRefused.class);
    discord.refuses(false);

    var shared = host.connections.connect(OPERATOR, Accounts.ADMIN, null, discordWish());

    assertThat(shared).isInstanceOf(Connecting.Invalid.class);
    assertThat(((Connecting.Invalid) shared).part()).isEqualTo("platform");
    assertThat(count("channel_connection")).isZero();
    assertThat(count("vault_secret")).isZero();
  }

  @Test
  void a_socket_whose_token_is_refused_keeps_nobody_awake_until_it_is_accepted_again() {
    var connection = begun(host.connections.connect(ADA, "ada", X, discordWish()));
    assertThat(host.doors.isLive(X)).isTrue();

    discord.refuses(true);
    clock.advance(A_LOOK);
    host.look();

    assertThat(state(connection)).isEqualTo(State.FAILING);
    assertThat(host.doors.isLive(X)).isFalse();
    assertThat(told()).isOne();
    discord.refuses(false);
    clock.advance(A_LOOK);
    host.look();
    assertThat(state(connection)).isEqualTo(State.CONNECTED);
    assertThat(host.doors.isLive(X)).isTrue();
    assertThat(told()).as("it may be asleep").isEqualTo(2);
  }

  @Test
  void a_test_that_finds_a_token_accepted_again_ends_its_refusal_at_once() {
    var connection = begun(host.connections.connect(ADA, "ada", X, discordWish()));
    discord.refuses(true);
    clock.advance(A_LOOK);
    host.look();
    var id = connection.id();
    assertThat(host.connections.test(ADA, X, id).orElseThrow())
        .extracting(Step::ok)
        .containsExactly(false);
    assertThat(state(connection)).isEqualTo(State.FAILING);
    discord.refuses(false);

    assertThat(host.connections.test(ADA, X, id).orElseThrow())
        .extracting(Step::ok)
        .containsExactly(true);

    assertThat(state(connection)).isEqualTo(State.CONNECTED);
    assertThat(host.doors.isLive(X)).isTrue();
    assertThat(told()).as("it may be asleep").isEqualTo(2);
  }

  @Test
  void a_refusal_of_all_but_its_token_says_nothing_of_a_socket() throws IOException {
    var connection = begun(host.connections.connect(ADA, "ada", X, discordWish()));
    var misled = host(sql, Map.of("discord", URI.create(discord.root() + "/elsewhere")));

    clock.advance(A_LOOK);
    misled.look();

    assertThat(misled.connections.find(ADA, X, connection.id()).orElseThrow().connection())
        .satisfies(it -> {
          assertThat(it.state()).isEqualTo(State.CONNECTED);
          assertThat(it.problem()).contains("Discord refuses this");
        });
    assertThat(misled.doors.isLive(X)).isTrue();
  }

  @Test
  void the_connections_of_what_is_destroyed_end_by_themselves() {
    connected();

    instances.change(SERVER, X, it -> it.leaving(clock.instant()));
    host.look();

    assertThat(telegram.webhook()).isEmpty();
    assertThat(count("channel_connection")).isZero();
    assertThat(count("vault_secret")).isZero();
  }

  @Test
  void the_connections_of_a_deleted_account_are_forgotten() throws IOException {
    connected();
    var key = key();
    var departures = new Departures(sql, vault(sql), _ -> Optional.empty(), () -> {}, clock);

    assertThat(departures.depart("ada", true)).isEqualTo(new Departure.Gone(1));
    host.look();

    assertThat(count("channel_connection")).isZero();
    assertThat(host.doors.byKey("telegram", key)).isEmpty();
    assertThat(host.connections.connect(SERVER, "ada", X, telegramWish()))
        .isEqualTo(new Connecting.Unknown());
    assertThat(count("vault_secret")).isZero();
  }

  @Test
  void where_the_secrets_of_an_account_were_shredded_its_connections_are_forgotten()
      throws IOException {
    connected();

    vault(sql).shred("ada");
    clock.advance(A_LOOK);
    host.look();

    assertThat(count("channel_connection")).isZero();
    assertThat(told()).isEqualTo(2);
  }

  @Test
  void a_token_that_was_revoked_is_shown_and_the_connection_stays() {
    var connection = connected();
    host.secrets.put(
        connection,
        new ConnectionSecrets.Held(
            Secret.of("123456789:AArevoked"), Secret.of("secret"), Secret.of(key())));

    clock.advance(A_LOOK);
    host.look();

    var failing = host.connections.find(ADA, X, connection.id()).orElseThrow().connection();
    assertThat(failing.state()).isEqualTo(State.FAILING);
    assertThat(failing.problem()).contains("BotFather");
    assertThat(host.connections.disconnect(ADA, X, connection.id()))
        .as("nobody is left to be told")
        .isEqualTo(Ending.DONE);
  }

  @Test
  void of_several_servers_one_looks() throws IOException {
    connected();
    var replica = host(other);
    clock.advance(A_LOOK);
    var now = clock.instant();

    var here = host.store.claim("here", 9, now, now.plusSeconds(60));
    var there = replica.store.claim("there", 9, now, now.plusSeconds(60));

    assertThat(here).hasSize(1);
    assertThat(there).isEmpty();
    assertThat(replica.store.claim("there", 9, now.plusSeconds(61), now.plusSeconds(120)))
        .as("whose holder died is looked at by another")
        .hasSize(1);
    assertThat(host.store.remove(here.getFirst().connection(), "here", NOON)).isFalse();
  }

  @Test
  void changes_of_another_server_are_seen_and_only_those_are_read() throws IOException {
    var replica = host(other);
    var connection = connected();
    replica.doors.refresh();
    var door = replica.doors.byId(connection.id()).orElseThrow();

    begun(host.connections.connect(BOB, "bob", Y, slackWish()));
    replica.doors.refresh();

    assertThat(replica.doors.byId(connection.id()).orElseThrow().connection())
        .isSameAs(door.connection());
    host.connections.disconnect(ADA, X, connection.id());
    assertThat(replica.doors.byId(connection.id())).isPresent();
    replica.doors.refresh();
    assertThat(replica.doors.byId(connection.id())).isEmpty();
    assertThat(count("channel_connection")).isOne();
  }

  private State state(Connection connection) {
    return host.connections.find(ADA, X, connection.id()).orElseThrow().connection().state();
  }

  private String key() {
    var webhook = telegram.webhook().orElseThrow().toString();
    return webhook.substring(webhook.lastIndexOf('/') + 1);
  }

  private Registrar registrar() {
    return (Registrar) platforms().bot(new TelegramChannel(), TOKEN);
  }

  private Platforms platforms() {
    return new Platforms(List.of(new TelegramChannel()), Map.of("telegram", telegram.root()), http);
  }
}
