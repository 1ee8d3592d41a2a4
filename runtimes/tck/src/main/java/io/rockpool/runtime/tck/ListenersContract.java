package io.rockpool.runtime.tck;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.runtime.InstanceFiles;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.InstanceSpec;
import io.rockpool.runtime.Limits;
import io.rockpool.runtime.Listeners;
import io.rockpool.runtime.RuntimeDriver;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What every runtime promises that tells whose the sockets are on which others listen. */
public abstract class ListenersContract {
  private static final InstanceId ADA = new InstanceId("ada");
  private static final InstanceId BOB = new InstanceId("bob");
  private static final String AT = "AT";
  private static final int PORT = 8787;

  /** A new driver on the ground of this test; it implements {@link Listeners}. */
  protected abstract RuntimeDriver open();

  /** A command that runs until it is stopped. */
  protected abstract List<String> longRunning();

  /** A command that listens at the address in a variable, and runs until it is stopped. */
  protected abstract List<String> listening(String variable, int port);

  @AfterEach
  final void leaveNothing() {
    var driver = open();
    driver.list().forEach(driver::destroy);
  }

  @Test
  void who_listens_is_known_for_as_long_as_it_does() {
    var driver = open();
    var host = start(driver, ADA, listening(AT, PORT), "{listener}");

    awaitListening(driver, ADA, host);
    assertThat(isListening(open(), ADA, host)).as("by a restarted server, too").isTrue();
    assertThat(((Listeners) driver).isListening(ADA, host, PORT + 1)).isFalse();

    driver.stop(ADA);
    assertThat(isListening(driver, ADA, host)).isFalse();
  }

  @Test
  void who_took_the_address_of_another_is_not_taken_for_it() {
    var driver = open();
    var host = start(driver, ADA, longRunning(), "{listener}");
    driver.stop(ADA);
    start(driver, BOB, listening(AT, PORT), host);
    awaitListening(driver, BOB, host);

    assertThat(isListening(driver, ADA, host)).isFalse();
    start(driver, ADA, longRunning(), "{listener}");
    assertThat(isListening(driver, ADA, host)).isFalse();
  }

  private static void awaitListening(RuntimeDriver driver, InstanceId id, String host) {
    await().atMost(20, SECONDS).until(() -> isListening(driver, id, host));
  }

  private static boolean isListening(RuntimeDriver driver, InstanceId id, String host) {
    return ((Listeners) driver).isListening(id, host, PORT);
  }

  /** Returns where the control plane reaches what it listens on. */
  private static String start(
      RuntimeDriver driver, InstanceId id, List<String> command, String address) {
    var spec =
        new InstanceSpec(
            id,
            1,
            command,
            Map.of(AT, address),
            InstanceFiles.NONE,
            new Limits(256L << 20, 1000, 64));
    return RuntimeDriverContract.running(driver.start(spec)).listenerHost();
  }
}
