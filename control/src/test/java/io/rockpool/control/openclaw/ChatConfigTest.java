package io.rockpool.control.openclaw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.rockpool.control.openclaw.ChatAccount.DirectMessages;
import io.rockpool.control.openclaw.ChatAccount.Discord;
import io.rockpool.control.openclaw.ChatAccount.Feishu;
import io.rockpool.control.openclaw.ChatAccount.Line;
import io.rockpool.control.openclaw.ChatAccount.Slack;
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
                  botToken:{source:'file',provider:'rockpool',id:'/channels/telegram/token-51b163c4'},
                  webhookUrl:'https://rockpool.example/webhook/telegram/k1',
                  webhookSecret:{source:'file',provider:'rockpool',id:'/channels/telegram/webhook-7e743171'},
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
        .isEqualTo(
            Json.object(
                "{telegram:{'token-51b163c4':'%s','webhook-7e743171':'%s'}}"
                    .formatted(TOKEN, SECRET)));
    assertThat(telegram(DirectMessages.PAIRING).toString()).doesNotContain(TOKEN, SECRET);
  }

  @Test
  void an_app_of_slack_gets_its_events_at_the_gateways_own_port() {
    var rendered = rendered(slack("xoxb-1"));
    var config = OpenClawConfig.parse(rendered);

    assertThat(config.get("channels"))
        .isEqualTo(
            Json.object(
                """
                {slack:{enabled:true,mode:'http',
                  botToken:{source:'file',provider:'rockpool',id:'/channels/slack/token-53b82fe0'},
                  signingSecret:{source:'file',provider:'rockpool',id:'/channels/slack/signing-c795e5a0'},
                  webhookPath:'/slack/events',groupPolicy:'disabled',joinIntro:false,
                  dmPolicy:'allowlist',allowFrom:['U0ADA'],configWrites:false}}
                """));
    assertThat(config.at("/plugins/allow"))
        .map(it -> it.asString())
        .containsExactly("admin-http-rpc", "memory-core", "slack");
    assertThat(rendered.openclawJson().reveal()).doesNotContain("xoxb-1", "signing-secret");
    assertThat(Json.object(rendered.secretsJson().reveal()).get("channels"))
        .isEqualTo(
            Json.object("{slack:{'token-53b82fe0':'xoxb-1','signing-c795e5a0':'signing-secret'}}"));
    assertThat(slack("xoxb-1").toString()).doesNotContain("xoxb-1", "signing-secret");
  }

  @Test
  void a_bot_of_discord_holds_a_socket_of_its_own() {
    var rendered = rendered(new Discord(Secret.of("MTE.x.y"), DirectMessages.OPEN, List.of()));
    var config = OpenClawConfig.parse(rendered);

    assertThat(config.get("channels"))
        .isEqualTo(
            Json.object(
                """
                {discord:{enabled:true,
                  token:{source:'file',provider:'rockpool',id:'/channels/discord/token-1f8cf1b3'},
                  intents:{messageContent:false},groupPolicy:'open',joinIntro:false,
                  dmPolicy:'open',allowFrom:['*'],configWrites:false}}
                """));
    assertThat(config.at("/plugins/allow"))
        .map(it -> it.asString())
        .containsExactly("admin-http-rpc", "memory-core", "discord");
    assertThat(rendered.openclawJson().reveal()).doesNotContain("MTE.x.y");
  }

  @Test
  void an_app_of_feishu_gets_its_events_at_the_instances_own_address() {
    var feishu =
        new Feishu(
            "cli_a1",
            Secret.of("app-secret"),
            Secret.of("verification"),
            Secret.of("encrypt-key"),
            Optional.of(URI.create("https://open.larksuite.com")),
            DirectMessages.PAIRING,
            List.of());
    var rendered = rendered(feishu);
    var config = OpenClawConfig.parse(rendered);

    assertThat(config.get("channels"))
        .isEqualTo(
            Json.object(
                """
                {feishu:{enabled:true,connectionMode:'webhook',appId:'cli_a1',
                  appSecret:{source:'file',provider:'rockpool',id:'/channels/feishu/app-60b290d8'},
                  verificationToken:{source:'file',provider:'rockpool',id:'/channels/feishu/verification-4bce91cd'},
                  encryptKey:{source:'file',provider:'rockpool',id:'/channels/feishu/encrypt-52f23bb8'},
                  domain:'https://open.larksuite.com',
                  webhookHost:'${ROCKPOOL_LISTENER}',webhookPort:8788,webhookPath:'/feishu/events',
                  groupPolicy:'disabled',requireMention:true,streaming:{mode:'off'},
                  dmPolicy:'pairing',allowFrom:[],configWrites:false}}
                """));
    assertThat(config.at("/plugins/allow"))
        .map(it -> it.asString())
        .containsExactly("admin-http-rpc", "memory-core", "feishu");
    assertThat(Json.object(rendered.secretsJson().reveal()).at("/channels/feishu"))
        .map(it -> it.asString())
        .containsExactlyInAnyOrder("app-secret", "verification", "encrypt-key");
    assertThat(rendered.openclawJson().reveal())
        .doesNotContain("app-secret", "\"verification\"", "encrypt-key");
    assertThatIllegalArgumentException()
        .as("OpenClaw would refuse its whole configuration")
        .isThrownBy(() ->
            new Feishu(
                "cli_a1",
                feishu.appSecret(),
                feishu.verificationToken(),
                feishu.encryptKey(),
                Optional.of(URI.create("http://feishu.example")),
                DirectMessages.OPEN,
                List.of()));
  }

  @Test
  void a_channel_of_line_has_its_secrets_in_files_of_their_own() {
    var rendered =
        rendered(
            new Line(
                Secret.of("line-token"), Secret.of("line-secret"), DirectMessages.OPEN, List.of()),
            telegram(DirectMessages.PAIRING));
    var config = OpenClawConfig.parse(rendered);

    assertThat(config.at("/channels/line"))
        .isEqualTo(
            Json.object(
                """
                {enabled:true,tokenFile:'${ROCKPOOL_CONFIG}/line-token-285d7ad9',
                  secretFile:'${ROCKPOOL_CONFIG}/line-secret-59a0e95f',
                  webhookPath:'/line/webhook',groupPolicy:'open',joinIntro:false,
                  dmPolicy:'open',allowFrom:['*'],configWrites:false}
                """));
    assertThat(rendered.files().secrets())
        .containsEntry("line-token-285d7ad9", Secret.of("line-token"))
        .containsEntry("line-secret-59a0e95f", Secret.of("line-secret"));
    assertThat(Json.object(rendered.secretsJson().reveal()).get("channels").propertyNames())
        .containsExactly("telegram");
    assertThat(rendered.openclawJson().reveal()).doesNotContain("line-token\"", "line-secret\"");
  }

  @Test
  void another_token_is_another_configuration_so_that_it_is_looked_at() {
    var before = rendered(slack("xoxb-1"));
    var after = rendered(slack("xoxb-2"));

    assertThat(Restart.paths(before, after)).isEmpty();
    assertThat(after.openclawJson()).isNotEqualTo(before.openclawJson());
    assertThat(rendered(slack("xoxb-1"))).isEqualTo(before);
  }

  @Test
  void several_accounts_are_each_bound_to_the_first_agent() {
    var config = OpenClawConfig.parse(rendered(telegram(DirectMessages.PAIRING), slack("xoxb-1")));

    assertThat(config.get("bindings"))
        .isEqualTo(
            Json.object(
                    "{x:[{agentId:'lingxi',match:{channel:'telegram',accountId:'default'}},"
                        + "{agentId:'lingxi',match:{channel:'slack',accountId:'default'}}]}")
                .get("x"));
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

  private static Slack slack(String token) {
    return new Slack(
        Secret.of(token), Secret.of("signing-secret"), DirectMessages.ALLOWLIST, List.of("U0ADA"));
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
    return Given.rendered(
        new ConfigInputs(
            Given.ADA, List.of("lingxi"), empty(), empty(), Given.MODEL, List.of(accounts)),
        Given.KEYS);
  }

  private static ObjectNode empty() {
    return Json.object("{}");
  }
}
