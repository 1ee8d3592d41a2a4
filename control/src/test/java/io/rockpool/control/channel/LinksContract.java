package io.rockpool.control.channel;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.channel.Connection.State;
import io.rockpool.control.channel.Connections.Connecting;
import io.rockpool.control.channel.Connections.Ending;
import io.rockpool.control.channel.Connections.Entrance;
import io.rockpool.control.channel.Connections.Step;
import io.rockpool.control.channel.Connections.Wish;
import io.rockpool.control.openclaw.ChatAccount;
import io.rockpool.control.openclaw.ChatAccount.DirectMessages;
import io.rockpool.control.openclaw.Linking;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What owners expect of linking an account by a code, on every database. */
abstract class LinksContract extends ConnectionsFixture {
  private static final String NUMBER = "+4915112345678";
  private static final Duration A_LOOK = Duration.ofMinutes(12);

  /** A login that somebody waits for. */
  private final class Phone implements AutoCloseable {
    final BlockingQueue<Login> steps = new LinkedBlockingQueue<>();
    private final Thread thread;

    Phone(String id) {
      var guide = ((Entrance.Open) host.connections.login(ADA, X, id)).guide();
      thread =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  guide.run(steps::add);
                } catch (InterruptedException left) {
                  Thread.currentThread().interrupt();
                }
              });
      assertThat(next()).isInstanceOf(Login.Waking.class);
    }

    Login next() {
      try {
        return requireNonNull(steps.poll(60, TimeUnit.SECONDS), "nothing comes");
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public void close() {
      thread.interrupt();
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  @Test
  void without_a_token_it_waits_for_a_login_and_the_instance_is_told_of_it() {
    var connection = begun();

    assertThat(connection.state()).isEqualTo(State.LOGIN);
    assertThat(connection.problem())
        .isEqualTo("Link the account by a code: rockpool channels login x " + connection.id());
    assertThat(connection.identity().name()).isEqualTo("not linked yet");
    assertThat(host.accounts.of(X))
        .containsExactly(new ChatAccount.WhatsApp(DirectMessages.ALLOWLIST, List.of(NUMBER)));
    assertThat(told()).isOne();
    assertThat(host.doors.isLive(X)).as("nothing holds a connection yet").isFalse();
    assertThat(link(List.of(NUMBER)))
        .isInstanceOfSatisfying(
            Connecting.InTheWay.class, it -> assertThat(it.advice()).contains("already"));
  }

  @Test
  void each_code_is_told_until_one_is_scanned_and_from_then_on_the_instance_holds_a_connection() {
    var id = begun().id();
    nest.is(new Reach.Place.Away("It sleeps."));
    try (var phone = new Phone(id)) {
      assertThat(phone.next()).isEqualTo(new Login.Waiting(Nest.image(1)));
      nest.turns();
      assertThat(phone.next()).isEqualTo(new Login.Waiting(Nest.image(2)));
      nest.scan(NUMBER);
      assertThat(phone.next()).isEqualTo(new Login.Connected(NUMBER));
    }

    assertThat(nest.wokenFor()).containsExactly("Its owner links a chat account to it.");
    var connection = connection(id);
    assertThat(connection.state()).isEqualTo(State.CONNECTED);
    assertThat(connection.problem()).isEmpty();
    assertThat(connection.identity().name()).isEqualTo(NUMBER);
    assertThat(events(X)).containsExactly("ChannelConnected");
    assertThat(host.doors.isLive(X)).isTrue();
    assertThat(host.doors.isLive(Y)).isFalse();
    assertThat(steps(id)).extracting(Step::ok).containsExactly(true, true);
  }

  @Test
  void two_who_log_in_at_once_are_told_the_same_code_and_both_that_it_was_scanned() {
    var id = begun().id();
    try (var one = new Phone(id);
        var other = new Phone(id)) {
      assertThat(one.next()).isEqualTo(new Login.Waiting(Nest.image(1)));
      assertThat(other.next()).isEqualTo(new Login.Waiting(Nest.image(1)));
      nest.scan(NUMBER);
      assertThat(one.next()).isEqualTo(new Login.Connected(NUMBER));
      assertThat(other.next()).isEqualTo(new Login.Connected(NUMBER));
    }
    assertThat(events(X)).containsExactly("ChannelConnected");
  }

  @Test
  void who_left_and_comes_again_goes_on_with_the_code_that_is_there() {
    var id = begun().id();
    try (var phone = new Phone(id)) {
      assertThat(phone.next()).isEqualTo(new Login.Waiting(Nest.image(1)));
    }
    try (var phone = new Phone(id)) {
      assertThat(phone.next()).isEqualTo(new Login.Waiting(Nest.image(1)));
      nest.expires();
      assertThat(phone.next()).isEqualTo(new Login.Expired());
    }
    assertThat(connection(id).state()).isEqualTo(State.LOGIN);
  }

  @Test
  void a_code_that_was_scanned_after_everybody_left_connects_all_the_same() {
    var id = begun().id();
    try (var phone = new Phone(id)) {
      assertThat(phone.next()).isInstanceOf(Login.Waiting.class);
    }
    nest.scanUnseen(NUMBER);

    clock.advance(A_LOOK);
    host.look();
    assertThat(connection(id).state()).isEqualTo(State.CONNECTING);
    clock.advance(A_LOOK);
    host.look();

    assertThat(connection(id).state()).isEqualTo(State.CONNECTED);
    assertThat(connection(id).identity().name()).isEqualTo(NUMBER);
    assertThat(events(X)).containsExactly("ChannelConnected");
  }

  @Test
  void that_the_platform_is_out_of_reach_is_said_in_the_gateways_words() {
    var id = begun().id();
    nest.refuses(new Linking.Failed("WhatsApp login failed: WebSocket Error (ENOTFOUND)"));
    try (var phone = new Phone(id)) {
      assertThat(phone.next())
          .isEqualTo(
              new Login.Failed(
                  "WhatsApp could not be reached, or did not want it. The instance says: WhatsApp login failed: WebSocket Error (ENOTFOUND)"));
    }
    nest.is(new Reach.Place.Down("It is stopped."));
    try (var phone = new Phone(id)) {
      assertThat(phone.next()).isEqualTo(new Login.Failed("It is stopped."));
    }
  }

  @Test
  void a_gateway_that_has_not_heard_of_it_yet_is_asked_again() {
    var id = begun().id();
    nest.refuses(new Linking.NotYet("It is not ready."));
    try (var phone = new Phone(id)) {
      nest.refuses(new Linking.Waiting());
      assertThat(phone.next()).isEqualTo(new Login.Waiting(Nest.image(1)));
    }
  }

  @Test
  void what_was_removed_on_the_phone_waits_for_a_login_again_and_holds_nothing() {
    var id = linked();
    nest.forgets();

    clock.advance(A_LOOK);
    host.look();

    assertThat(connection(id).state()).isEqualTo(State.LOGIN);
    assertThat(events(X)).containsExactly("ChannelConnected", "ChannelLoggedOut");
    assertThat(host.doors.isLive(X)).isFalse();
    assertThat(steps(id))
        .containsExactly(
            new Step(
                "account",
                false,
                "It is not linked. logged out Link the account by a code: rockpool channels login x "
                    + id));
  }

  @Test
  void a_connection_that_is_down_for_longer_than_a_moment_is_trouble_and_comes_back() {
    var id = linked();
    nest.connected(false, "status=503");

    clock.advance(A_LOOK);
    host.look();
    assertThat(connection(id).state()).as("it may just have woken").isEqualTo(State.CONNECTED);
    clock.advance(A_LOOK);
    host.look();
    assertThat(connection(id).state()).isEqualTo(State.FAILING);
    assertThat(connection(id).problem()).contains("status=503");
    assertThat(host.doors.isLive(X)).as("it tries again").isTrue();

    nest.connected(true, "");
    clock.advance(A_LOOK);
    host.look();
    assertThat(connection(id).state()).isEqualTo(State.CONNECTED);
    assertThat(events(X)).containsExactly("ChannelConnected", "ChannelFailing", "ChannelConnected");
  }

  @Test
  void a_look_wakes_nobody_and_changes_nothing_while_the_instance_sleeps() {
    var id = linked();
    nest.is(new Reach.Place.Away("It sleeps."));
    var woken = nest.wokenFor().size();

    clock.advance(A_LOOK);
    host.look();

    assertThat(nest.wokenFor()).hasSize(woken);
    assertThat(connection(id).state()).isEqualTo(State.CONNECTED);
    assertThat(host.doors.isLive(X)).isTrue();
  }

  @Test
  void disconnecting_logs_out_before_the_instance_forgets_the_account() {
    var id = linked();
    nest.is(new Reach.Place.Away("It sleeps."));

    assertThat(host.connections.disconnect(ADA, X, id)).isEqualTo(Ending.DONE);

    assertThat(nest.isLinked()).isFalse();
    assertThat(host.accounts.of(X)).isEmpty();
    assertThat(host.connections.list(ADA, X)).isEmpty();
    assertThat(host.doors.isLive(X)).isFalse();
    assertThat(told()).as("told when it was logged out").isEqualTo(2);
    assertThat(events(X)).containsExactly("ChannelConnected", "ChannelDisconnected");
  }

  @Test
  void of_a_stopped_instance_it_is_logged_out_once_that_runs() {
    var id = linked();
    nest.is(new Reach.Place.Down("It is stopped."));

    assertThat(host.connections.disconnect(ADA, X, id)).isEqualTo(Ending.BEGUN);
    assertThat(connection(id).problem())
        .isEqualTo("It is logged out as soon as its instance runs. It is stopped.");
    assertThat(host.accounts.of(X)).as("it has to know it to log out").hasSize(1);
    assertThat(nest.isLinked()).isTrue();
    assertThat(host.connections.login(ADA, X, id)).isInstanceOf(Entrance.Unknown.class);

    nest.runs();
    clock.advance(Duration.ofHours(2));
    host.look();
    assertThat(nest.isLinked()).isFalse();
    assertThat(host.connections.list(ADA, X)).isEmpty();
    assertThat(host.accounts.of(X)).isEmpty();
  }

  @Test
  void of_an_instance_that_is_gone_nothing_is_left() {
    var id = linked();
    nest.is(new Reach.Place.Gone());

    assertThat(host.connections.disconnect(ADA, X, id)).isEqualTo(Ending.DONE);
    assertThat(host.connections.list(ADA, X)).isEmpty();
  }

  @Test
  void one_number_in_two_instances_is_said() {
    linked();
    var other =
        ((Connecting.Begun)
                host.connections.link(BOB, "bob", Y, "whatsapp", DirectMessages.PAIRING, List.of()))
            .view()
            .connection()
            .id();

    clock.advance(A_LOOK);
    host.look();

    var connection = host.connections.find(BOB, Y, other).orElseThrow().connection();
    assertThat(connection.state()).isEqualTo(State.CONNECTED);
    assertThat(connection.problem())
        .isEqualTo(
            "%s is linked to another instance, too, and both answer. Disconnect one."
                .formatted(NUMBER));
  }

  @Test
  void what_makes_no_sense_is_refused_by_its_part() {
    assertThat(link(List.of("Ada")))
        .isEqualTo(
            new Connecting.Invalid(
                "allowFrom", "a sender at WhatsApp is a phone number like +4915112345678"));
    assertThat(link(List.of()))
        .isInstanceOfSatisfying(
            Connecting.Invalid.class, it -> assertThat(it.part()).isEqualTo("allowFrom"));
    assertThat(
            host.connections.connect(
                ADA,
                "ada",
                X,
                new Wish("whatsapp", TOKEN, Optional.empty(), DirectMessages.PAIRING, List.of())))
        .isInstanceOfSatisfying(
            Connecting.Invalid.class, it -> assertThat(it.part()).isEqualTo("token"));
    assertThat(host.connections.link(ADA, "ada", X, "telegram", DirectMessages.PAIRING, List.of()))
        .isEqualTo(new Connecting.Invalid("token", "is needed"));
    assertThat(host.connections.link(ADA, "ada", X, "fax", DirectMessages.PAIRING, List.of()))
        .isInstanceOf(Connecting.NoPlatform.class);
    assertThat(host.connections.link(BOB, "ada", X, "whatsapp", DirectMessages.OPEN, List.of()))
        .isInstanceOf(Connecting.Unknown.class);
  }

  private Connecting link(List<String> allowed) {
    return host.connections.link(ADA, "ada", X, "whatsapp", DirectMessages.ALLOWLIST, allowed);
  }

  private Connection begun() {
    return ((Connecting.Begun) link(List.of(NUMBER))).view().connection();
  }

  private String linked() {
    var id = begun().id();
    try (var phone = new Phone(id)) {
      assertThat(phone.next()).isInstanceOf(Login.Waiting.class);
      nest.scan(NUMBER);
      assertThat(phone.next()).isInstanceOf(Login.Connected.class);
    }
    return id;
  }

  private Connection connection(String id) {
    return host.connections.find(ADA, X, id).orElseThrow().connection();
  }

  private List<Step> steps(String id) {
    return host.connections.test(ADA, X, id).orElseThrow();
  }
}
