package io.rockpool.control.openclaw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.rockpool.control.openclaw.ChatAccount.DirectMessages;
import io.rockpool.control.openclaw.ChatAccount.Telegram;
import io.rockpool.runtime.Secret;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

class ChatConfigTest {
  private static final String TOKEN = "123456:AAE-token-of-a-bot";
  private static final String SECRET = "webhook-secret-0123";

  @Test
  void a_bot_of_telegram_gets_its_updates_at_the_instances_own_address() {
    var config = OpenClawConfig.parse(rendered(telegram(DirectMessages.PAIRING)));

    assertThat(config.get("channels"))
        .isEqualTo(
            Json.object(
                """
                {telegram:{enabled:true,
                  botToken:{source:'file',provider:'rockpool',id:'/channels/telegram/token'},
                  webhookUrl:'https://rockpool.example/webhook/telegram/k1',
                  webhookSecret:{source:'file',provider:'rockpool',id:'/channels/telegram/webhook'},
                  webhookHost:'${ROCKPOOL_LISTENER}',webhookPort:8787,webhookPath:'/telegram-webhook',
                  dmPolicy:'pairing',allowFrom:[],configWrites:false,errorPolicy:'always',joinIntro:false}}
                """));
    assertThat(config.get("bindings"))
        .isEqualTo(
            Json.object("{x:[{agentId:'lingxi',match:{channel:'telegram',accountId:'default'}}]}")
                .get("x"));
    assertThat(config.at("/plugins/allow"))
        .map(it -> it.asString())
        .containsExactly("admin-http-rpc", "memory-core", "telegram");
  }

  @Test
  void its_secrets_are_in_the_file_for_secrets_alone() {
    var rendered = rendered(telegram(DirectMessages.PAIRING));

    assertThat(rendered.openclawJson().reveal()).doesNotContain(TOKEN, SECRET);
    assertThat(Json.object(rendered.secretsJson().reveal()).get("channels"))
        .isEqualTo(Json.object("{telegram:{token:'%s',webhook:'%s'}}".formatted(TOKEN, SECRET)));
    assertThat(telegram(DirectMessages.PAIRING).toString()).doesNotContain(TOKEN, SECRET);
  }

  @Test
  void an_open_door_is_written_as_openclaw_wants_it() {
    var config = OpenClawConfig.parse(rendered(telegram(DirectMessages.OPEN)));

    assertThat(config.at("/channels/telegram/dmPolicy").asString()).isEqualTo("open");
    assertThat(config.at("/channels/telegram/allowFrom"))
        .isEqualTo(Json.object("{x:['*']}").get("x"));
  }

  @Test
  void an_allowlist_without_anybody_is_refused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> telegram(DirectMessages.ALLOWLIST))
        .withMessageContaining("at least one");
  }

  @Test
  void connecting_one_needs_no_new_process() {
    var before = Given.rendered(List.of("lingxi"), "{}", "{}");

    assertThat(Restart.paths(before, rendered(telegram(DirectMessages.PAIRING)))).isEmpty();
  }

  private static Telegram telegram(DirectMessages directMessages) {
    return new Telegram(
        Secret.of(TOKEN),
        URI.create("https://rockpool.example/webhook/telegram/k1"),
        Secret.of(SECRET),
        Optional.empty(),
        directMessages,
        List.of());
  }

  private static RenderedConfig rendered(ChatAccount... accounts) {
    var inputs =
        new ConfigInputs(
            Given.ADA, List.of("lingxi"), empty(), empty(), Given.MODEL, List.of(accounts));
    return switch (Given.CONFIG.render(inputs, Given.KEYS)) {
      case Rendering.Rendered(var config) -> config;
      case Rendering.Refused(var problems) -> throw new AssertionError(problems);
    };
  }

  private static ObjectNode empty() {
    return Json.object("{}");
  }
}
