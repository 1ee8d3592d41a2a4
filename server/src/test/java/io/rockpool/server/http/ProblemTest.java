package io.rockpool.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ProblemTest {
  @Test
  void the_page_explains_every_problem_and_no_other() throws IOException {
    var page = Files.readString(CommittedFile.root().resolve("docs/reference/problems.md"));

    var explained =
        Pattern.compile("(?m)^## (\\S+)\\n\\n`(\\d{3})` (.+?)\\.\\n\\n\\S")
            .matcher(page)
            .results()
            .map(it -> it.group(1) + " " + it.group(2) + " " + it.group(3));

    assertThat(explained)
        .containsExactlyElementsOf(
            Arrays.stream(Problem.Kind.values())
                .map(it -> it.slug() + " " + it.status() + " " + it.title())
                .toList());
    assertThat(page.lines().filter(it -> it.startsWith("## ")))
        .hasSameSizeAs(Problem.Kind.values());
  }

  @Test
  void a_problem_is_written_as_rfc_9457_says() {
    assertThat(Problem.invalid("/name", "is required").json().toString())
        .isEqualTo(
            "{\"type\":\"urn:rockpool:problem:invalid-request\",\"title\":\"The request is not valid\",\"status\":422,\"detail\":\"One part of the request is wrong: see errors.\",\"errors\":[{\"pointer\":\"/name\",\"message\":\"is required\"}]}");
  }

  @Test
  void a_wait_is_a_header_in_whole_seconds() {
    var problem = Problem.Kind.OVERLOADED.detail("Busy.").retryAfter(Duration.ofMillis(1_200));

    assertThat(Answer.of(problem).headers()).containsEntry("Retry-After", "2");
    assertThat(Answer.of(problem).body()).doesNotContain("retry");
  }

  @Test
  void whoever_must_wait_is_told_how_long() {
    assertThat(Problem.Kind.values())
        .filteredOn(it -> it.status() == 429 || it.status() == 503)
        .allSatisfy(it -> assertThat(it.detail("").retryAfter()).isNotNull());
  }

  @Test
  void a_success_is_no_problem() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Problem(URI.create("urn:x"), "t", 200, "d", List.of(), null));
  }
}
