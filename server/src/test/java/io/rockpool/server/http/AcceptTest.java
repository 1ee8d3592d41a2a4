package io.rockpool.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AcceptTest {
  private static final List<String> TYPES =
      List.of("application/json", "text/csv", "application/pdf");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "text/csv | text/csv",
        "TEXT/CSV; charset=utf-8 | text/csv",
        "*/* | application/json",
        "text/* | text/csv",
        "application/* | application/json",
        "text/html, application/pdf;q=0.9, */*;q=0.1 | application/pdf",
        "application/json;q=0.5, text/csv;q=0.6 | text/csv",
        "text/csv;q=0, */* | application/json",
        "application/*;q=0.2, application/json;q=0, */*;q=0.1 | application/pdf",
        "image/png | none",
        "'' | none",
        ";;;,,, | none",
        "text/csv;q=9 | text/csv"
      })
  void the_shape_that_is_wanted_most_is_taken(String header, String expected) {
    assertThat(new Accept(header).preferred(TYPES).orElse("none")).isEqualTo(expected);
  }
}
