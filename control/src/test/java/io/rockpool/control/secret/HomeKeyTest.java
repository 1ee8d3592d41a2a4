package io.rockpool.control.secret;

import static io.rockpool.control.secret.HomeKey.Purpose.MODEL_KEY;
import static io.rockpool.control.secret.HomeKey.Purpose.PROBE;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rockpool.runtime.InstanceId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HomeKeyTest {
  private static final InstanceId ADA = new InstanceId("ada");
  private static final InstanceId BOB = new InstanceId("bob");

  @TempDir Path home;

  @Test
  void a_new_home_gets_a_key_that_only_its_user_may_read() throws IOException {
    HomeKey.at(file());

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
        .isEqualTo("rw-------");
    try (var files = Files.list(home)) {
      assertThat(files).containsExactly(file());
    }
  }

  @Test
  void secrets_stay_the_same_over_a_restart() throws IOException {
    var before = HomeKey.at(file());

    var after = HomeKey.at(file());

    assertThat(after.of(ADA, MODEL_KEY)).isEqualTo(before.of(ADA, MODEL_KEY));
    assertThat(after.of(PROBE)).isEqualTo(before.of(PROBE));
  }

  @Test
  void servers_that_make_a_key_at_once_get_the_same() throws Exception {
    var together = new CyclicBarrier(16);
    Callable<String> server =
        () -> {
          together.await();
          return HomeKey.at(file()).of(PROBE).reveal();
        };

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var keys = threads.invokeAll(IntStream.range(0, 16).mapToObj(_ -> server).toList());

      assertThat(keys.stream().map(it -> it.resultNow()).collect(toSet())).hasSize(1);
    }
    try (var files = Files.list(home)) {
      assertThat(files).containsExactly(file());
    }
  }

  @Test
  void homes_differ() throws IOException {
    var one = HomeKey.at(home.resolve("one.key"));
    var other = HomeKey.at(home.resolve("other.key"));

    assertThat(one.of(ADA, MODEL_KEY)).isNotEqualTo(other.of(ADA, MODEL_KEY));
  }

  @Test
  void secrets_differ_by_instance_and_by_purpose() throws IOException {
    var key = HomeKey.at(file());

    var secrets =
        Arrays.stream(HomeKey.Purpose.values())
            .flatMap(
                purpose -> Stream.of(key.of(ADA, purpose), key.of(BOB, purpose), key.of(purpose)))
            .map(secret -> secret.reveal())
            .toList();

    assertThat(secrets).hasSize(3 * HomeKey.Purpose.values().length).doesNotHaveDuplicates();
    assertThat(secrets).allMatch(secret -> secret.matches("[A-Za-z0-9_-]{43}"));
  }

  /** The expected values were computed with Python's hmac and hashlib, after RFC 5869. */
  @Test
  void a_backup_of_the_key_gives_the_secrets_it_always_gave() throws IOException {
    Files.writeString(file(), "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n");

    var key = HomeKey.at(file());

    assertThat(key.of(ADA, MODEL_KEY).reveal())
        .isEqualTo("GeniiXmkcLLJ2Qt0VPzZGve15OO1C47__1kx1T95fIg");
    assertThat(key.of(PROBE).reveal()).isEqualTo("xcjM5MoymVctyYy4ULuJh5ukIEz9QerIM4PnJsWegKE");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "AAEC", "not a key!", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gIQ"})
  void a_damaged_key_is_not_replaced_but_reported(String content) throws IOException {
    Files.writeString(file(), content);

    assertThatThrownBy(() -> HomeKey.at(file()))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(file().toString())
        .hasMessageEndingWith("restore it from your backup");
    assertThat(file()).hasContent(content);
  }

  private Path file() {
    return home.resolve("home.key");
  }
}
