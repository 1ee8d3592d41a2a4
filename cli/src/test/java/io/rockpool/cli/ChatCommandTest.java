package io.rockpool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChatCommandTest {
  private static final String MESSAGES = "/api/v1/instances/ada/messages";

  @TempDir Path home;

  @Test
  void a_reply_is_printed_as_it_comes() throws IOException {
    try (var api = new ApiDouble()) {
      api.stream(
          "POST",
          MESSAGES,
          ": awake",
          "event: delta\ndata: {\"text\":\"Hel\"}",
          "event: delta\ndata: {\"text\":\"lo\"}",
          "event: reply\ndata: {\"reply\":\"Hello\",\"conversation\":\"c1\"}");

      var ran = shell(api).run("chat", "ada", "-m", "Hi", "-c", "c0");

      assertThat(ran).isEqualTo(new Shell.Ran(0, "Hello\n", ""));
      var asked = api.asked("POST", MESSAGES);
      assertThat(asked.body()).isEqualTo("{\"text\":\"Hi\",\"conversation\":\"c0\"}");
      assertThat(asked.header("Accept")).contains("text/event-stream");
      assertThat(asked.header("Idempotency-Key")).as("a stream is not replayed").isEmpty();
    }
  }

  @Test
  void a_reply_without_pieces_is_printed_whole() throws IOException {
    try (var api = new ApiDouble()) {
      api.stream("POST", MESSAGES, "event: reply\ndata: {\"reply\":\"Hello\"}");

      assertThat(shell(api).run("chat", "ada", "-m", "Hi").out()).isEqualTo("Hello\n");
    }
  }

  @Test
  void a_server_that_does_not_stream_is_understood() throws IOException {
    try (var api = new ApiDouble()) {
      api.json("POST", MESSAGES, 200, "{\"reply\":\"Hello\",\"conversation\":\"c1\"}");

      assertThat(shell(api).run("chat", "ada", "-m", "Hi").out()).isEqualTo("Hello\n");
    }
  }

  @Test
  void json_is_asked_for_and_printed_as_it_came() throws IOException {
    try (var api = new ApiDouble()) {
      var body = "{\"reply\" : \"Hello\"}";
      api.json("POST", MESSAGES, 200, body);

      var ran = shell(api).run("chat", "ada", "-m", "Hi", "--json");

      assertThat(ran.out()).isEqualTo(body + "\n");
      assertThat(api.asked("POST", MESSAGES).header("Accept")).contains("application/json");
    }
  }

  @Test
  void a_conversation_goes_on_line_by_line() throws IOException {
    try (var api = new ApiDouble()) {
      api.stream(
          "POST", MESSAGES, "event: reply\ndata: {\"reply\":\"One\",\"conversation\":\"c1\"}");
      api.stream(
          "POST", MESSAGES, "event: reply\ndata: {\"reply\":\"Two\",\"conversation\":\"c1\"}");

      var ran = shell(api).typing("first\nsecond\n\nnever\n").run("chat", "ada");

      assertThat(ran.out()).isEqualTo("you> One\nyou> Two\nyou> ");
      assertThat(api.asked())
          .extracting(ApiDouble.Asked::body)
          .containsExactly("{\"text\":\"first\"}", "{\"text\":\"second\",\"conversation\":\"c1\"}");
    }
  }

  @Test
  void piped_lines_are_messages_and_there_is_no_prompt() throws IOException {
    try (var api = new ApiDouble()) {
      api.stream("POST", MESSAGES, "event: reply\ndata: {\"reply\":\"Yes\"}");

      assertThat(shell(api).piping("a\n\nb\n").run("chat", "ada"))
          .isEqualTo(new Shell.Ran(0, "Yes\nYes\n", ""));
    }
  }

  @Test
  void a_problem_in_the_middle_ends_the_line_first() throws IOException {
    try (var api = new ApiDouble()) {
      api.stream(
          "POST",
          MESSAGES,
          "event: delta\ndata: {\"text\":\"Hel\"}",
          "event: problem\ndata: {\"title\":\"Not ready in time\",\"status\":504,\"detail\":\"Try"
              + " again.\"}");

      assertThat(shell(api).run("chat", "ada", "-m", "Hi"))
          .isEqualTo(
              new Shell.Ran(
                  ExitCode.NOT_READY_IN_TIME, "Hel\n", "Not ready in time: Try again.\n"));
    }
  }

  @Test
  void an_answer_that_is_cut_short_is_no_answer() throws IOException {
    try (var api = new ApiDouble()) {
      api.stream("POST", MESSAGES, "event: delta\ndata: {\"text\":\"Hel\"}");

      var ran = shell(api).run("chat", "ada", "-m", "Hi");

      assertThat(ran.code()).isEqualTo(ExitCode.FAILED);
      assertThat(ran.out()).isEqualTo("Hel\n");
      assertThat(ran.err()).startsWith("The connection ended before the answer did.");
    }
  }

  @Test
  void a_conversation_with_nobody_ends_at_once() throws IOException {
    try (var api = new ApiDouble()) {
      api.problem("POST", MESSAGES, 404, "{\"title\":\"No such instance\",\"status\":404}");

      var ran = shell(api).piping("a\nb\n").run("chat", "ada");

      assertThat(ran).isEqualTo(new Shell.Ran(ExitCode.NOT_FOUND, "", "No such instance\n"));
      assertThat(api.asked()).hasSize(1);
    }
  }

  private Shell shell(ApiDouble api) {
    return new Shell(home).with("ROCKPOOL_URL", api.url());
  }
}
