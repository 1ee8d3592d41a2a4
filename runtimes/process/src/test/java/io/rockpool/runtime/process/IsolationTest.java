package io.rockpool.runtime.process;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.runtime.InstanceFiles;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.InstanceSpec;
import io.rockpool.runtime.Limits;
import io.rockpool.runtime.Observation.Running;
import io.rockpool.runtime.Outcome.Done;
import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an instance cannot do, tried from inside. */
class IsolationTest {
  private static final InstanceId ADA = new InstanceId("ada");
  private static final InstanceId BOB = new InstanceId("bob");
  private static final Limits LIMITS = new Limits(256L << 20, 1000, 64);

  /** Says its own name to whoever connects. */
  private static final String GREETER =
      """
      exec perl -MIO::Socket::INET -e '
        my $s = IO::Socket::INET->new(LocalAddr => $ENV{LISTENER}, LocalPort => 8787, Listen => 5) or die;
        while (my $c = $s->accept) { print $c "%s\\n"; close $c }'
      """;

  @TempDir Path folder;
  private TestHost host;

  @BeforeEach
  void makeHost() {
    host = new TestHost(folder);
    TestHost.needsRootAndBubblewrap();
  }

  @AfterEach
  void closeHost() {
    host.close();
  }

  @Test
  void an_instance_sees_nothing_of_the_host_or_of_its_neighbours() throws IOException {
    var driver = host.open();
    var bob = start(driver, BOB, "exec sleep 600", InstanceFiles.NONE);
    host.writeHome(BOB, "diary.txt", "private");

    var tried =
        tryIn(
            driver,
            Map.of(
                "reads the neighbour's home", "cat " + host.folder(BOB).home() + "/diary.txt",
                "lists Rockpool's home", "ls " + host.home(),
                "reads root's home", "ls /root",
                "reads /etc/shadow", "cat /etc/shadow",
                "writes to the system", "touch /usr/rockpool-was-here",
                "writes to the root folder", "touch /rockpool-was-here",
                "sees the neighbour's process",
                    "test -e /proc/" + bob.placement().details().get("pid"),
                "sees a process that is not its own",
                    "cat /proc/[0-9]*/cmdline | grep -q '[s]urefire'",
                "reads the memory of its init", "cat /proc/1/environ",
                "works at all", "id -un | grep -qx openclaw"));

    assertThat(tried).containsEntry("works at all", true);
    tried.remove("works at all");
    assertThat(tried).doesNotContainValue(true);
  }

  @Test
  void an_instance_has_no_privilege_and_cannot_get_one() {
    var driver = host.open();

    var tried =
        tryIn(
            driver,
            Map.of(
                "has a capability",
                    "grep -E 'Cap(Eff|Bnd|Prm|Inh|Amb):' /proc/self/status"
                        + " | grep -qv 0000000000000000",
                "gains privileges by setuid", "grep -q 'NoNewPrivs:.0' /proc/self/status",
                "is not filtered", "grep -q 'Seccomp:.0' /proc/self/status",
                "makes a user namespace", "unshare -U true",
                "mounts", "mount -t tmpfs none /tmp",
                "changes the loopback rules", "nft flush ruleset",
                "signals its init", "kill -9 1 && sleep 1 && false",
                "is root", "test $(id -u) = 0",
                "may open more files than its limit", "ulimit -n 1000000",
                "works at all", "true"));

    assertThat(tried).containsEntry("works at all", true);
    tried.remove("works at all");
    assertThat(tried).doesNotContainValue(true);
  }

  @Test
  void an_instance_reads_its_config_and_secrets_and_writes_neither() throws IOException {
    var driver = host.open();
    var files =
        new InstanceFiles(
            Map.of("app.json", "{}"), Map.of("keys/model", Secret.of("s3cret")), Map.of());

    var tried =
        tryIn(
            driver,
            files,
            Map.of(
                "reads its config", "grep -q '{}' /config/app.json",
                "reads its secret", "grep -q s3cret /config/keys/model",
                "its secret is mode 0600 and its own",
                    "test \"$(stat -c %a,%u,%h /config/keys/model)\" = 600,$(id -u),1",
                "its home is its own", "touch /home/openclaw/mine",
                "its temporary folder is its own", "touch /tmp/mine",
                "WRITES its config", "echo x >>/config/app.json",
                "WRITES its secret", "echo x >>/config/keys/model",
                "ADDS to its config", "touch /config/new",
                "REPLACES its config", "mv /home/openclaw/mine /config/app.json"));

    tried.forEach((name, worked) ->
        assertThat(worked).as(name).isEqualTo(!Character.isUpperCase(name.charAt(0))));
    assertThat(Files.getAttribute(host.folder(ADA).config().resolve("app.json"), "unix:uid"))
        .isEqualTo(0);
  }

  @Test
  void an_instance_reaches_itself_the_control_plane_and_what_is_named_and_nobody_else()
      throws IOException {
    TestHost.needs(Tool.find("nft").isPresent(), "nftables");
    var loopback = InetAddress.ofLiteral("127.0.0.1");
    try (var controlPlane = new ServerSocket(0, 50, loopback);
        var named = new ServerSocket(0, 50, loopback);
        var stranger = new ServerSocket(0, 50, loopback)) {
      host.controlPlane(controlPlane.getLocalPort());
      host.reachable(URI.create("http://127.0.0.1:" + named.getLocalPort()));
      var driver = host.open();
      var bob = start(driver, BOB, "exec sleep 600", InstanceFiles.NONE);
      try (var _ = new ServerSocket(bob.gateway().getPort(), 50, loopback)) {
        var tried =
            tryIn(
                driver,
                Map.of(
                    "itself", connect("$PORT"),
                    "the control plane", connect(controlPlane.getLocalPort() + ""),
                    "what is named", connect(named.getLocalPort() + ""),
                    "its neighbour", connect(bob.gateway().getPort() + ""),
                    "another listener", connect(stranger.getLocalPort() + "")));

        assertThat(tried)
            .containsExactlyInAnyOrderEntriesOf(
                Map.of(
                    "itself", true,
                    "the control plane", true,
                    "what is named", true,
                    "its neighbour", false,
                    "another listener", false));
        new Socket(loopback, bob.gateway().getPort()).close(); // the host itself passes
      }
    }
  }

  @Test
  void instances_listen_at_the_same_port_of_addresses_of_their_own() throws IOException {
    TestHost.needs(Tool.find("nft").isPresent(), "nftables");
    var driver = host.open();
    var bob = start(driver, BOB, GREETER.formatted("bob"), InstanceFiles.NONE);
    var eve = start(driver, new InstanceId("eve"), GREETER.formatted("eve"), InstanceFiles.NONE);

    for (var instance : Map.of("bob", bob, "eve", eve).entrySet()) {
      await()
          .atMost(20, SECONDS)
          .ignoreExceptions() // it does not listen yet
          .until(() -> heard(instance.getValue()).equals(instance.getKey()));
    }
    assertThat(tryIn(driver, Map.of("hears it", connect(bob.listenerHost(), "8787"))))
        .containsEntry("hears it", false);
  }

  private static String heard(Running instance) throws IOException {
    try (var socket = new Socket(instance.listenerHost(), 8787)) {
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
    }
  }

  @Test
  void each_instance_has_a_user_id_of_its_own() {
    var driver = host.open();

    var ada = start(driver, ADA, "exec sleep 600", InstanceFiles.NONE);
    var bob = start(driver, BOB, "exec sleep 600", InstanceFiles.NONE);

    assertThat(ada.placement().details().get("user"))
        .isInstanceOf(Long.class)
        .isNotEqualTo(bob.placement().details().get("user"));
    assertThat(ada.shortfalls()).isEmpty();
  }

  @Test
  void the_environment_holds_nothing_of_the_servers() {
    var driver = host.open();

    start(driver, ADA, "env >env.txt; exec sleep 600", InstanceFiles.NONE);

    await().atMost(20, SECONDS).until(() -> host.readHome(ADA, "env.txt").isPresent());
    await()
        .atMost(20, SECONDS)
        .untilAsserted(() ->
            assertThat(
                    host.readHome(ADA, "env.txt")
                        .orElseThrow()
                        .lines()
                        .map(line -> line.replaceAll("=.*", ""))
                        .filter(name -> !List.of("_", "SHLVL", "OLDPWD", "TZ").contains(name)))
                .containsExactlyInAnyOrder(
                    "HOME", "LANG", "LISTENER", "PATH", "PORT", "PWD", "TMPDIR"));
  }

  private static String connect(String port) {
    return connect("127.0.0.1", port);
  }

  private static String connect(String host, String port) {
    return "timeout 5 bash -c \"exec 3<>/dev/tcp/%s/%s\"".formatted(host, port);
  }

  private Map<String, Boolean> tryIn(ProcessDriver driver, Map<String, String> attempts) {
    return tryIn(driver, InstanceFiles.NONE, attempts);
  }

  /** Runs each attempt inside Ada's instance; says which succeeded. */
  private Map<String, Boolean> tryIn(
      ProcessDriver driver, InstanceFiles files, Map<String, String> attempts) {
    var script = new StringBuilder("until test -e go; do sleep 0.05; done\n");
    var numbers = new HashMap<Integer, String>();
    attempts.forEach((name, attempt) -> {
      var number = numbers.size();
      numbers.put(number, name);
      script.append(
          "if ( %s ) >/dev/null 2>&1; then echo %d yes; else echo %d no; fi >>tried.txt\n"
              .formatted(attempt, number, number));
    });
    script.append("touch done.txt\nexec sleep 600\n");

    var ada = start(driver, ADA, script.toString(), files);

    // Its own port is open before it begins.
    try (var _ =
        new ServerSocket(ada.gateway().getPort(), 50, InetAddress.ofLiteral("127.0.0.1"))) {
      host.writeHome(ADA, "go", "");
      await().atMost(30, SECONDS).until(() -> host.readHome(ADA, "done.txt").isPresent());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    var results = new HashMap<String, Boolean>();
    host.readHome(ADA, "tried.txt")
        .orElseThrow()
        .lines()
        .map(line -> line.split(" ", -1))
        .forEach(
            words -> results.put(numbers.get(Integer.parseInt(words[0])), words[1].equals("yes")));
    assertThat(results).hasSameSizeAs(attempts);
    return results;
  }

  private static Running start(
      ProcessDriver driver, InstanceId id, String script, InstanceFiles files) {
    var outcome =
        driver.start(
            new InstanceSpec(
                id,
                1,
                List.of("sh", "-c", script),
                Map.of("PORT", "{port}", "LISTENER", "{listener}"),
                files,
                LIMITS));
    assertThat(outcome).isInstanceOf(Done.class);
    assertThat(((Done) outcome).seen()).isInstanceOf(Running.class);
    return (Running) ((Done) outcome).seen();
  }
}
