package io.rockpool.edge.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class EstimatesTest {
  private static final String PICTURE =
      "{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://example.org/a.png\"}}";

  private final Estimates estimates = new Estimates();

  @Test
  void a_picture_counts_as_the_dearest_of_this_model_did() throws Exception {
    var two = request(PICTURE + "," + PICTURE);
    assertThat(estimates.read(two)).isBetween(10_000L, 10_500L);

    estimates.learn(two, 80_000, 5, 20);
    estimates.learn(two, 1_000, 5, 20);

    assertThat(estimates.read(two)).isBetween(87_000L, 89_000L);
    assertThat(estimates.read(request(PICTURE))).isBetween(43_000L, 45_000L);
    assertThat(estimates.likelyRead(two)).isBetween(40_000L, 41_000L);
  }

  @Test
  void one_that_counted_little_is_still_set_aside_as_an_ordinary_one() throws Exception {
    estimates.learn(request(PICTURE), 300, 5, 20);

    assertThat(estimates.read(request(PICTURE))).isBetween(5_000L, 5_500L);
    assertThat(estimates.likelyRead(request(PICTURE))).isLessThan(500);
  }

  @Test
  void nothing_is_known_of_pictures_until_a_call_had_one() throws Exception {
    var text = request("{\"type\":\"text\",\"text\":\"hi\"}");
    assertThat(estimates.knows(text)).isFalse();

    estimates.learn(text, 10, 5, 20);
    assertThat(estimates.knows(text)).isTrue();
    assertThat(estimates.knows(request(PICTURE))).isFalse();

    estimates.learn(request(PICTURE), 300, 5, 20);
    assertThat(estimates.knows(request(PICTURE))).isTrue();
  }

  private static ModelRequest request(String parts) throws Exception {
    return ModelRequest.read(
        Api.CHAT,
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[%s]}]}"
            .formatted(parts)
            .getBytes(StandardCharsets.UTF_8));
  }
}
