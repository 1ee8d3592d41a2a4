package io.rockpool.edge.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ModelLimitsTest {
  @Test
  void the_share_of_an_instance_is_a_quarter_but_one_request_at_least() {
    var usual = ModelLimits.DEFAULT;

    assertThat(limits(usual, 1 << 20, 64 << 20).sharePerInstance()).isEqualTo(16 << 20);
    assertThat(limits(usual, 32 << 20, 64 << 20).sharePerInstance()).isEqualTo(32 << 20);
  }

  private static ModelLimits limits(ModelLimits usual, int bodyBytes, long heldBytes) {
    return new ModelLimits(
        bodyBytes,
        heldBytes,
        usual.callsPerInstance(),
        usual.patience(),
        usual.drains(),
        usual.drain(),
        usual.drainBytes(),
        false);
  }
}
