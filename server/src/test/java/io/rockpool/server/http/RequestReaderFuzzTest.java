package io.rockpool.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;

@Tag("fuzz")
class RequestReaderFuzzTest {
  private static final List<Route<?, ?>> ROUTES = PondRoutes.of(new PondRoutes.Work() {});
  private static final RequestReader<?> FIND = new RequestReader<>(ROUTES.get(0));
  private static final RequestReader<?> CREATE = new RequestReader<>(ROUTES.get(1));
  private static final RequestReader<?> CHANGE = new RequestReader<>(ROUTES.get(3));

  /** Every sentence is ours: none repeats what was sent. */
  private static final Pattern OURS =
      Pattern.compile(
          "is required(: send the header If-Match)?|is not known here|does not belong into the body"
              + "|is not a query parameter here|must be given once|must be an object"
              + "|is not a value of this type, or out of its range|must not be blank"
              + "|must be (integer|number|string|boolean|object|array), not [a-z]+"
              + "|must be one of \\[\"fresh\",\"salt_water\"\\]|must be 1 or more|must be 200 or less"
              + "|must be 1 to 200|must be \\*, or the ETag of an earlier answer with its quotes"
              + "|is not a cursor of this API: send the 'next' of an earlier answer, or leave it out");

  @DictionaryEntries({
    "\"name\":",
    "\"fish\":",
    "\"water\":",
    "\"salt_water\"",
    "\"warm\":",
    "\"PT5M\"",
    "\"size\":{\"width\":",
    "\"depth\":",
    "\"gate\":",
    "\"labels\":{",
    "\"notes\":",
    "\"more\":",
    "null",
    "\\\\ud800",
    "2147483648",
    "1e9"
  })
  @FuzzTest(maxDuration = "2m")
  void a_body_is_a_request_or_a_problem(byte[] sent) {
    check(
        CREATE.read(received(Map.of(), Map.of(), "", sent)),
        request -> {
          var create = (PondRoutes.Create) request;
          assertThat(create.name()).isNotBlank();
          assertThat(create.toString()).isNotEmpty(); // no part of it is null
        });
  }

  /** The first line is {@code If-Match}, the rest is the body. */
  @DictionaryEntries({
    "\"7\"\\x0a",
    "*\\x0a",
    "W/\"7\"\\x0a",
    "{\"fish\":",
    "\"ifMatch\":",
    "\"id\":",
    "\"value\":"
  })
  @FuzzTest(maxDuration = "1m")
  void path_and_headers_are_not_the_bodys_to_say(byte[] sent) {
    var text = new String(sent, StandardCharsets.UTF_8);
    int end = text.indexOf('\n');
    var header = end < 0 ? text : text.substring(0, end);
    var body = end < 0 ? "" : text.substring(end + 1);

    check(
        CHANGE.read(
            received(Map.of("id", "ada"), Map.of(), header, body.getBytes(StandardCharsets.UTF_8))),
        request -> {
          var change = (PondRoutes.Change) request;
          assertThat(change.id()).isEqualTo("ada");
          assertThat(change.ifMatch().value()).isEqualTo(header);
        });
  }

  /** Pairs as in a query, undecoded. */
  @DictionaryEntries({
    "limit=",
    "&cursor=",
    "&warm=true",
    "&label=",
    "&water=fresh",
    "-0",
    "200",
    "1e1"
  })
  @FuzzTest(maxDuration = "1m")
  void a_query_is_a_request_or_a_problem(byte[] sent) {
    var query = new LinkedHashMap<String, List<String>>();
    for (var pair : new String(sent, StandardCharsets.UTF_8).split("&", -1)) {
      int equals = pair.indexOf('=');
      query
          .computeIfAbsent(equals < 0 ? pair : pair.substring(0, equals), _ -> new ArrayList<>())
          .add(equals < 0 ? "" : pair.substring(equals + 1));
    }

    check(
        FIND.read(received(Map.of(), query, "", new byte[0])),
        request -> {
          var find = (PondRoutes.Find) request;
          assertThat(Limit.of(find.limit())).isBetween(1, Limit.MOST);
          assertThat(find.label()).isEqualTo(query.getOrDefault("label", List.of()));
        });
  }

  private static void check(RequestReader.Reading<?> reading, Consumer<Object> good) {
    switch (reading) {
      case RequestReader.Good<?>(var request) -> good.accept(request);
      case RequestReader.Bad<?>(var problem) -> {
        assertThat(problem.status()).isIn(400, 422);
        assertThat(problem.errors()).hasSizeLessThanOrEqualTo(20);
        for (var error : problem.errors()) {
          assertThat(error.pointer()).hasSizeLessThanOrEqualTo(200).matches("(?s)(/.*)?");
          assertThat(error.message()).matches(OURS);
        }
        var answer = Answer.of(problem);
        assertThat(answer.body()).hasSizeLessThan(32_000);
        assertThat(Json.parse(ByteBuffer.wrap(answer.body().getBytes(StandardCharsets.UTF_8))))
            .as("what a client can read")
            .isInstanceOf(Json.Tree.class);
      }
    }
  }

  private static RequestReader.Received received(
      Map<String, String> variables, Map<String, List<String>> query, String ifMatch, byte[] body) {
    return new RequestReader.Received(
        variables,
        query,
        name ->
            name.equals("If-Match") && !ifMatch.isEmpty() ? Optional.of(ifMatch) : Optional.empty(),
        ByteBuffer.wrap(body));
  }
}
