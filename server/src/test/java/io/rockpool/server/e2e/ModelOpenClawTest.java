package io.rockpool.server.e2e;

import static io.rockpool.server.e2e.Api.body;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.runtime.tck.FileSearch;
import io.rockpool.server.e2e.Ground.Up;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The real OpenClaw and its model: through Rockpool to a provider, in both dialects. Each is one
 * life of one gateway, in order.
 */
@Tag("openclaw")
class ModelOpenClawTest {
  @Nested
  class InTheWordsOfOpenAi extends Life {
    InTheWordsOfOpenAi() {
      super("openai", "/v1/chat/completions", "Authorization");
    }
  }

  @Nested
  class InTheWordsOfAnthropic extends Life {
    InTheWordsOfAnthropic() {
      super("anthropic", "/v1/messages", "x-api-key");
    }
  }

  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
  @Timeout(240)
  abstract static class Life {
    private static final String HELLO = "/api/v1/instances/hello";

    /** Every way of writing it is another text. */
    private static final String REAL_KEY = "sk-real+/=~Zq7>Xw?93kV-v2Lm8Tn4Rb6Yc0";

    private static final String NOTES = "The key lies under the third stone, 第三块石头下面 🪸.";

    private final String dialect;
    private final String path;
    private final String header;
    private final ProviderDouble provider = new ProviderDouble(new ToolTurns());
    private @Nullable Ground ground;
    private @Nullable Up up;

    Life(String dialect, String path, String header) {
      this.dialect = dialect;
      this.path = path;
      this.header = header;
    }

    @BeforeAll
    void start(@TempDir Path folder) throws IOException {
      Host.has("npm", "bwrap");
      ground = new Ground(folder);
      ground.set("ROCKPOOL_MODEL_BASE_URL", provider.address() + "/v1");
      ground.set("ROCKPOOL_MODEL_API", dialect);
      ground.set("ROCKPOOL_MODEL_API_KEY", REAL_KEY);
      ground.set("ROCKPOOL_MODEL", "large");
      up = ground.up();
      assertThat(up.greeting()).contains(ToolTurns.GREETING);
      put(
          "/api/v1/models/large/price",
          Map.of("currency", "USD", "inputPerMillion", "1", "outputPerMillion", "10"));
    }

    @AfterAll
    void end() {
      if (ground != null) {
        ground.close();
      }
      provider.close();
    }

    @Test
    @Order(1)
    void a_turn_uses_a_tool_and_tells_what_came_of_it() throws IOException {
      var workspace = ground().instance("hello").resolve("home/workspace/main");
      Files.writeString(workspace.resolve(ToolTurns.FILE), NOTES);
      int before = provider.asked.size();

      var reply = api().say("hello", "eva", ToolTurns.READ);

      assertThat(reply).startsWith("Your notes say: ").contains(NOTES);
      var asked = provider.asked.subList(before, provider.asked.size());
      assertThat(asked).hasSize(2);
      assertThat(asked)
          .allSatisfy(it -> {
            assertThat(it.target().getPath()).isEqualTo(path);
            assertThat(it.header(header)).endsWith(REAL_KEY);
            assertThat(it.headers().toString() + it.body()).doesNotContain("rpk.");
          });
    }

    @Test
    @Order(2)
    void what_the_turns_used_is_booked() throws IOException {
      var totals = body(200, api().get(HELLO + "/usage")).path("totals");

      assertThat(totals.path("calls").asInt(0)).isEqualTo(provider.asked.size());
      assertThat(totals.path("inputTokens").asInt(0)).isEqualTo(5_000 * provider.asked.size());
      assertThat(totals.path("outputTokens").asInt(0)).isEqualTo(20 * provider.asked.size());
    }

    @Test
    @Order(3)
    void a_spent_budget_is_said_word_by_word_and_the_next_message_after_a_top_up_is_answered()
        throws IOException {
      int before = provider.asked.size();
      budget("0.001");

      assertThat(api().say("hello", "tom", "Are you there?"))
          .isEqualTo(
              "This assistant has used up its budget for this month (USD 0.001). It answers again from the first of next month, or as soon as its operator raises the budget.");
      assertThat(api().say("hello", "mei", "你在吗？"))
          .isEqualTo("本月的额度（USD 0.001）已用完，下月一日恢复。如需继续使用，请联系管理员提高额度。");
      assertThat(provider.asked).as("no provider was asked").hasSize(before);

      budget("5");

      assertThat(api().say("hello", "tom", "And now?")).isEqualTo(ToolTurns.GREETING);
      assertThat(api().say("hello", "mei", "现在呢？")).isEqualTo(ToolTurns.GREETING);
      assertThat(provider.asked).as("nothing was tried twice").hasSize(before + 2);
    }

    @Test
    @Order(4)
    void the_providers_key_is_nowhere_but_where_its_operator_put_it() throws IOException {
      var config = ground().instance("hello").resolve("config/secrets.json");
      var virtual = Api.JSON.readTree(Files.readString(config)).at("/model/key").asString("");

      assertThat(holders(forms(virtual))).as("what is there is found").contains(config.toString());
      assertThat(holders(forms(REAL_KEY))).containsExactly("/proc/server/environ");
    }

    @Test
    @Order(5)
    void a_server_that_was_killed_leaves_it_nowhere() throws Exception {
      up().kill();

      assertThat(holders(forms(REAL_KEY))).isEmpty();
    }

    /** All that is kept of the server and its instances, and all that their processes show. */
    private Set<String> holders(List<String> forms) throws IOException {
      var holders = new TreeSet<String>();
      int seen = 0;
      for (var file : FileSearch.files(requireNonNull(ground().home().getParent()))) {
        seen++;
        if (holds(read(file), forms)) {
          holders.add(file.toString());
        }
      }
      assertThat(seen).isGreaterThan(100);
      var server = up().pid();
      var processes = new ArrayList<>(Host.tree(server));
      processes.addAll(Host.tree(instancePid()));
      assertThat(processes).hasSizeGreaterThan(2);
      for (var pid : processes) {
        for (var file : List.of("cmdline", "environ")) {
          var proc = Path.of("/proc", Long.toString(pid), file);
          if (holds(read(proc), forms)) {
            holders.add("/proc/%s/%s".formatted(pid == server ? "server" : read(proc), file));
          }
        }
      }
      return holders;
    }

    private long instancePid() throws IOException {
      var mark = ground().instance("hello").resolve("run/lifemark");
      return Files.readAllLines(mark).stream()
          .filter(line -> line.startsWith("pid="))
          .map(line -> Long.valueOf(line.substring(4)))
          .findFirst()
          .orElseThrow();
    }

    private static boolean holds(String bytes, List<String> forms) {
      return forms.stream().anyMatch(bytes::contains);
    }

    /** A secret as it is, and as programs write what is no plain word; bytes as characters. */
    private static List<String> forms(String secret) {
      var bytes = secret.getBytes(UTF_8);
      var hex = HexFormat.of();
      var plain =
          Stream.of(
              secret,
              secret.replace("/", "\\/"),
              new String(secret.getBytes(UTF_16LE), ISO_8859_1),
              hex.formatHex(bytes),
              hex.withUpperCase().formatHex(bytes),
              URLEncoder.encode(secret, UTF_8),
              new StringBuilder(secret).reverse().toString());
      // In base64 it looks otherwise behind one or two other bytes; its ends depend on neighbours.
      var encoded =
          Stream.of(0, 1, 2)
              .flatMap(shift -> {
                var shifted = new byte[shift + bytes.length];
                System.arraycopy(bytes, 0, shifted, shift, bytes.length);
                return Stream.of(Base64.getEncoder(), Base64.getUrlEncoder())
                    .map(it -> it.withoutPadding().encodeToString(shifted))
                    .map(it -> it.substring(4, it.length() - 4));
              });
      return Stream.concat(plain, encoded).distinct().toList();
    }

    /** Bytes as characters; empty for what is gone. */
    private static String read(Path file) {
      try {
        return new String(Files.readAllBytes(file), ISO_8859_1);
      } catch (IOException gone) {
        return "";
      }
    }

    private void budget(String amount) throws IOException {
      put(HELLO + "/budget", Map.of("currency", "USD", "amount", amount));
    }

    private void put(String path, Object what) throws IOException {
      var _ = body(200, api().put(path, what));
    }

    private Api api() {
      try {
        return ground().api();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private Ground ground() {
      return requireNonNull(ground);
    }

    private Up up() {
      return requireNonNull(up);
    }
  }
}
