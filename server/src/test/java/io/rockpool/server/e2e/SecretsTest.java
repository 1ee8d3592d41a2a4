package io.rockpool.server.e2e;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.secret.HomeKey;
import io.rockpool.control.secret.HomeKey.Purpose;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.tck.FileSearch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Secrets are where they must be, and nowhere else. */
@Tag("openclaw")
@ExtendWith(Fleet.Shared.class)
@Timeout(240)
class SecretsTest {
  private final Fleet fleet;
  private final Map<String, String> secrets;

  @BeforeAll
  static void readsWhatIsOthers() {
    Host.isRoot();
  }

  SecretsTest(Fleet fleet) throws IOException {
    this.fleet = fleet;
    this.secrets = secrets();
    // Whatever uses them has used them.
    var _ = fleet.api.say("hello", "secrets", "hello");
    assertThat(fleet.api.get("/i/hello/v1/models").statusCode()).isEqualTo(200);
    assertThat(fleet.api.get("/api/v1/instances/nobody").statusCode()).isEqualTo(404);
    assertThat(fleet.ground.api("not-a-token").get("/api/v1/instances").statusCode())
        .isEqualTo(401);
  }

  @Test
  void an_instances_secrets_are_the_ones_that_its_files_hold() throws IOException {
    for (var id : List.of("hello", fleet.neighbour)) {
      var config = fleet.ground.instance(id).resolve("config");
      assertThat(Files.readString(config.resolve("secrets.json")))
          .contains(secrets.get("password of " + id), secrets.get("model key of " + id));
      assertThat(Files.readString(config.resolve("openclaw.json")))
          .contains(secrets.get("edge proof of " + id))
          .doesNotContain(secrets.get("password of " + id), secrets.get("model key of " + id));
      for (var file : List.of("secrets.json", "openclaw.json")) {
        assertThat(
                PosixFilePermissions.toString(Files.getPosixFilePermissions(config.resolve(file))))
            .isEqualTo("rw-------");
      }
    }
  }

  @Test
  void no_other_file_of_the_home_holds_one() throws IOException {
    var holders = new TreeSet<String>();
    var home = fleet.ground.home();
    for (var file : FileSearch.files(home)) {
      found(read(file)).forEach(secret -> holders.add(home.relativize(file) + ": " + secret));
    }

    var expected = new TreeSet<String>();
    expected.add("admin.token: admin token");
    expected.add("home.key: home key");
    for (var id : List.of("hello", fleet.neighbour)) {
      var config = "runtimes/process/instances/%s/config/".formatted(id);
      expected.add(config + "openclaw.json: edge proof of " + id);
      expected.add(config + "secrets.json: password of " + id);
      expected.add(config + "secrets.json: model key of " + id);
    }
    assertThat(holders).containsExactlyElementsOf(expected);
  }

  @Test
  void what_the_server_says_holds_none() throws IOException {
    assertThat(found(fleet.up.out())).isEmpty();
    assertThat(found(fleet.up.err())).isEmpty();
  }

  @Test
  void no_process_shows_one_in_its_arguments_or_environment() throws IOException {
    var holders = new ArrayList<String>();
    var seen = 0;
    var instances = Host.tree(fleet.api.pid("hello"));
    try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (var process : processes) {
        for (var file : List.of("cmdline", "environ")) {
          for (var secret : found(read(process.resolve(file)))) {
            holders.add("%s of %s: %s".formatted(file, read(process.resolve("comm")), secret));
          }
        }
        var pid = Long.parseLong(process.getFileName().toString());
        seen += instances.contains(pid) ? 1 : 0;
      }
    }

    assertThat(instances).hasSizeGreaterThan(2);
    assertThat(seen).isEqualTo(instances.size());
    assertThat(read(Path.of("/proc", fleet.up.pid() + "", "cmdline"))).contains("--home");
    assertThat(holders).isEmpty();
  }

  @Test
  void the_api_answers_with_none() throws IOException {
    var answers = new StringBuilder();
    for (var path :
        List.of(
            "/api/v1/instances",
            "/api/v1/instances/hello",
            "/api/v1/instances/hello/events?limit=200",
            "/api/v1/instances/hello/logs?limit=200",
            "/api/v1/instances/nobody",
            "/api/deploy/hello/status",
            "/login?instance=hello",
            "/i/hello/",
            "/i/hello/v1/models",
            "/i/hello/control-ui-config.json",
            "/health",
            "/ready",
            "/metrics",
            "/nowhere")) {
      var answer = fleet.api.get(path);
      answers.append(answer.headers().map()).append(answer.body());
    }

    assertThat(answers).contains("\"hello\"", "rockpool_instances");
    assertThat(found(answers.toString())).isEmpty();
  }

  /** The names of the secrets that a text holds. */
  private List<String> found(String text) {
    return secrets.entrySet().stream()
        .filter(it -> text.contains(it.getValue()))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** All there are, by what they are; long enough to be found by chance nowhere. */
  private Map<String, String> secrets() throws IOException {
    var home = fleet.ground.home();
    var key = HomeKey.at(home.resolve("home.key"));
    var secrets = new LinkedHashMap<String, String>();
    secrets.put("admin token", Files.readString(home.resolve("admin.token")).strip());
    secrets.put("home key", Files.readString(home.resolve("home.key")).strip());
    secrets.put("probe's token", key.of(Purpose.PROBE).reveal());
    secrets.put("key of browser sessions", key.of(Purpose.BROWSER_SESSION).reveal());
    for (var id : List.of("hello", fleet.neighbour)) {
      var instance = new InstanceId(id);
      secrets.put("password of " + id, key.of(instance, Purpose.GATEWAY_PASSWORD).reveal());
      secrets.put("model key of " + id, key.of(instance, Purpose.MODEL_KEY).reveal());
      secrets.put("edge proof of " + id, key.hexOf(instance, Purpose.EDGE_PROOF).reveal());
    }
    assertThat(secrets.values()).allMatch(it -> it.length() > 30).doesNotHaveDuplicates();
    return secrets;
  }

  /** Bytes as characters; empty for what is gone, or nobody's to read. */
  private static String read(Path file) {
    try {
      return new String(Files.readAllBytes(file), ISO_8859_1);
    } catch (IOException gone) {
      return "";
    }
  }
}
