package io.rockpool.control.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.channel.Listening.Proof;
import io.rockpool.control.inbox.Outcome;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ListeningTest {
  @ParameterizedTest
  @CsvSource({
    "DURABLE, 200, durable, Delivered",
    "DURABLE, 200, '', Again", // a proxy, a health check, a page
    "DURABLE, 200, queued, Again",
    "DURABLE, 202, durable, Again",
    "DURABLE, 204, '', Again",
    "SUCCESS, 200, '', Delivered",
    "SUCCESS, 204, '', Delivered",
    "SUCCESS, 302, '', Unknown",
    "DURABLE, 400, '', Rejected",
    "DURABLE, 401, '', Again", // its configuration is on its way
    "DURABLE, 403, '', Again",
    "DURABLE, 404, '', Again", // its channel is just opening
    "DURABLE, 410, '', Rejected",
    "DURABLE, 413, '', Rejected",
    "DURABLE, 429, '', Again",
    "DURABLE, 500, '', Unknown", // it may have it all the same
    "DURABLE, 502, '', Unknown",
    "DURABLE, 503, '', Again"
  })
  void an_answer_says_what_to_do_next(Proof proof, int status, String header, String expected) {
    var outcome = new Listening(OptionalInt.of(1), "/", proof, true).read(status, header);

    assertThat(outcome.getClass().getSimpleName()).isEqualTo(expected);
  }

  @Test
  void an_instance_that_does_not_know_its_connection_yet_is_asked_again_soon() {
    var telegram = Listening.of("telegram", "1").orElseThrow();

    assertThat(telegram.read(401, "")).isInstanceOf(Outcome.Again.class);
    assertThat(((Outcome.Again) telegram.read(401, "")).after().toSeconds()).isEqualTo(1);
  }

  @Test
  void what_feishus_channel_keeps_is_shown_by_it_and_the_rest_is_done_once() {
    for (var kept : List.of("im.message.receive_v1:e1", "drive.notice.comment_add_v1:e1")) {
      var message = Listening.of("feishu", kept).orElseThrow();
      assertThat(message.read(200, "")).as(kept).isInstanceOf(Outcome.Again.class);
      assertThat(message.read(200, "durable")).isInstanceOf(Outcome.Delivered.class);
      assertThat(message.repeatable()).isTrue();
    }
    var press = Listening.of("feishu", "card.action.trigger:e1").orElseThrow();

    assertThat(press.read(200, "")).isInstanceOf(Outcome.Delivered.class);
    assertThat(press.repeatable()).isFalse();
    assertThat(press.port()).hasValue(8788);
  }

  @Test
  void a_platform_without_a_door_has_none() {
    assertThat(Listening.of("carrier-pigeon", "1")).isEmpty();
  }
}
