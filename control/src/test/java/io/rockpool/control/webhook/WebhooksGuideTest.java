package io.rockpool.control.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Whoever verifies messages begins with the Java of docs/guides/webhooks.md. */
class WebhooksGuideTest {
  private static final Path GUIDES = Path.of("../docs/guides");
  private static final Pattern JAVA = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

  private static String guide(String name) throws IOException {
    return Files.readString(GUIDES.resolve(name));
  }

  private static String java(String name) throws IOException {
    var blocks = JAVA.matcher(guide(name)).results().map(it -> it.group(1)).toList();
    assertThat(blocks).hasSize(1);
    return blocks.getFirst();
  }

  private static JsonNode vector(String name) throws IOException {
    try (var file = WebhooksGuideTest.class.getResourceAsStream("vectors.json")) {
      return JsonMapper.shared().readTree(file).path(name);
    }
  }

  private static Class<?> compiled(Path classes) throws Exception {
    var words = new StringWriter();
    var source =
        new SimpleJavaFileObject(URI.create("guide:///Verifier.java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            try {
              return java("webhooks.md");
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          }
        };
    var done =
        requireNonNull(ToolProvider.getSystemJavaCompiler())
            .getTask(
                words,
                null,
                null,
                List.of("-d", classes.toString(), "-proc:none", "-Xlint:all", "-Werror"),
                null,
                List.of(source))
            .call();
    assertThat(done).as("%s", words).isTrue();
    try (var loader = new URLClassLoader(new URL[] {classes.toUri().toURL()})) {
      return loader.loadClass("Verifier");
    }
  }

  private static boolean isGenuine(
      Class<?> verifier, JsonNode vector, String signature, String body, long now)
      throws Exception {
    var made = verifier.getDeclaredConstructor(String.class);
    made.setAccessible(true);
    var method =
        verifier.getDeclaredMethod(
            "isGenuine", String.class, String.class, String.class, byte[].class, Instant.class);
    method.setAccessible(true);
    return Boolean.TRUE.equals(
        method.invoke(
            made.newInstance(vector.path("secret").stringValue()),
            vector.path("id").stringValue(),
            vector.path("timestamp").stringValue(),
            signature,
            body.getBytes(UTF_8),
            Instant.ofEpochSecond(now)));
  }

  @Test
  void its_java_takes_what_is_genuine_and_nothing_else(@TempDir Path classes) throws Exception {
    var verifier = compiled(classes);
    for (var name : List.of("standard_webhooks_v1", "standard_webhooks_rotation")) {
      var vector = vector(name);
      var body = vector.path("body").stringValue();
      var signature = vector.path("signature").stringValue();
      long now = Long.parseLong(vector.path("timestamp").stringValue());

      assertThat(isGenuine(verifier, vector, signature, body, now)).as(name).isTrue();
      assertThat(isGenuine(verifier, vector, signature, body, now + 300)).isTrue();
      assertThat(isGenuine(verifier, vector, signature, body, now + 301)).isFalse();
      assertThat(isGenuine(verifier, vector, signature, body, now - 301)).isFalse();
      assertThat(isGenuine(verifier, vector, signature, body + " ", now)).isFalse();
      assertThat(isGenuine(verifier, vector, signature.replace("v1,", "v1a,"), body, now))
          .isFalse();
      assertThat(isGenuine(verifier, vector, "", body, now)).isFalse();
    }
    var old = vector("standard_webhooks_reject_old");
    assertThat(
            isGenuine(
                verifier,
                old,
                old.path("signature").stringValue(),
                old.path("body").stringValue(),
                Long.parseLong(old.path("clock").stringValue())))
        .isFalse();
  }

  @Test
  void the_twin_shows_the_same_java() throws IOException {
    assertThat(java("webhooks.zh-CN.md")).isEqualTo(java("webhooks.md"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"webhooks.md", "webhooks.zh-CN.md"})
  void every_type_is_explained_and_no_other(String name) throws IOException {
    var rows =
        guide(name)
            .lines()
            .filter(it -> it.matches("\\| `[a-z_]+\\.[a-z_]+`.*"))
            .map(it -> it.split("\\|", -1)[1])
            .toList();
    var explained =
        rows.stream()
            .flatMap(it -> Pattern.compile("`([a-z_.]+)`").matcher(it).results())
            .map(it -> it.group(1));

    assertThat(explained).containsExactlyInAnyOrderElementsOf(EventTypes.all());
  }
}
