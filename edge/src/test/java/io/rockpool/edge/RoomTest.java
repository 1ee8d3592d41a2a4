package io.rockpool.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.runtime.InstanceId;
import org.junit.jupiter.api.Test;

class RoomTest {
  private static final InstanceId ADA = new InstanceId("ada");
  private static final InstanceId BOB = new InstanceId("bob");

  /** 100 KiB, 40 of them for one instance. */
  private final Room<InstanceId> room = new Room<>(100 << 10, 40 << 10);

  @Test
  void an_instance_gets_no_more_than_its_share_and_leaves_the_rest_to_others() {
    assertThat(room.take(ADA, 30)).isTrue();
    assertThat(room.take(ADA, 11)).isFalse();
    assertThat(room.take(ADA, 10)).isTrue();

    assertThat(room.take(BOB, 40)).isTrue();
    room.giveBack(ADA, 25);
    assertThat(room.take(ADA, 26)).isFalse();
    assertThat(room.take(ADA, 25)).isTrue();
  }

  @Test
  void all_together_get_no_more_than_there_is() {
    room.take(ADA, 40);
    room.take(BOB, 40);
    var eve = new InstanceId("eve");

    assertThat(room.take(eve, 21)).isFalse();
    assertThat(room.take(eve, 20)).isTrue();
    room.giveBack(ADA, 40);
    assertThat(room.take(eve, 20)).isTrue();
  }
}
