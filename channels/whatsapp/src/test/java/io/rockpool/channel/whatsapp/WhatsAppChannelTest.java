package io.rockpool.channel.whatsapp;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.channel.Channel;
import io.rockpool.channel.Webhook;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

class WhatsAppChannelTest {
  @Test
  void a_server_finds_it_and_knows_that_a_person_links_it_and_that_it_holds_a_connection() {
    assertThat(ServiceLoader.load(Channel.class))
        .singleElement()
        .satisfies(it -> {
          assertThat(it.name()).isEqualTo("whatsapp");
          assertThat(it.transport()).isEqualTo(Channel.Transport.SOCKET);
          assertThat(it.isLinked()).isTrue();
        });
  }

  @Test
  void it_has_no_webhook() {
    var request = new Webhook("POST", Map.of(), "", new byte[0]);

    assertThat(new WhatsAppChannel().unknown(request).status()).isEqualTo(404);
  }
}
