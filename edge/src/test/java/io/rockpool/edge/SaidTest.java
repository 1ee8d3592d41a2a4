package io.rockpool.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class SaidTest {
  private static final String LIST =
      "{\"type\":\"req\",\"id\":\"7\",\"method\":\"sessions.catalog.list\",\"params\":{\"agentId\":\"main\",%s}}";

  record Row(String name, boolean first, String message, Said expected) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Row> rows =
      List.of(
          new Row("a first message says hello", true, request("connect"), Said.HELLO),
          new Row("a second one does not", false, request("connect"), Said.USE),
          new Row("another protocol", true, "{\"kind\":\"init\"}", Said.USE),
          new Row("a poll cannot be the first", true, request("agent.identity.get"), Said.USE),
          new Row("who the agent is", false, request("agent.identity.get"), Said.POLL),
          new Row(
              "the list of sessions, refreshed",
              false,
              LIST.formatted("\"limitPerHost\":40,\"progressId\":\"p\""),
              Said.POLL),
          new Row(
              "the list of sessions, wanted by somebody",
              false,
              LIST.formatted("\"metadataOnly\":true"),
              Said.USE),
          new Row("a chat message", false, request("chat.send"), Said.USE),
          new Row(
              "a chat message about polls",
              false,
              "{\"params\":{\"message\":\"\\\"method\\\":\\\"agent.identity.get\\\"\"},\"method\":\"chat.send\"}",
              Said.USE),
          new Row(
              "a poll inside of something else",
              false,
              "{\"params\":{\"method\":\"agent.identity.get\"},\"method\":\"chat.send\"}",
              Said.USE),
          new Row(
              "a poll whose method comes last",
              false,
              "{\"params\":{\"a\":[1,{}]},\"method\":\"agent.identity.get\"}",
              Said.POLL),
          new Row("a method that is no text", false, "{\"method\":{\"a\":1}}", Said.USE),
          new Row("a list", false, "[\"method\",\"agent.identity.get\"]", Said.USE),
          new Row("no JSON", false, "agent.identity.get", Said.USE),
          new Row("nothing", false, "", Said.USE));

  @ParameterizedTest
  @FieldSource("rows")
  void tells_what_a_message_is(Row row) {
    var bytes = row.message().getBytes(StandardCharsets.UTF_8);

    assertThat(Said.of(true, bytes, bytes.length, true, row.first())).isEqualTo(row.expected());
    assertThat(Said.of(false, bytes, bytes.length, true, row.first()))
        .as("in binary")
        .isEqualTo(Said.USE);
  }

  @ParameterizedTest
  @FieldSource("rows")
  void a_message_that_goes_on_after_its_opening_is_no_poll(Row row) {
    var bytes = row.message().getBytes(StandardCharsets.UTF_8);

    assertThat(Said.of(true, bytes, bytes.length, false, row.first())).isNotEqualTo(Said.POLL);
  }

  private static String request(String method) {
    return "{\"type\":\"req\",\"id\":\"1\",\"method\":\"" + method + "\",\"params\":{}}";
  }
}
