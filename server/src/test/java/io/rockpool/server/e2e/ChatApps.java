package io.rockpool.server.e2e;

import static io.rockpool.server.e2e.Api.body;

import io.rockpool.channel.Pair;
import io.rockpool.channel.tck.Certificate;
import io.rockpool.channel.tck.FeishuDouble;
import io.rockpool.channel.tck.LineDouble;
import io.rockpool.channel.tck.SlackDouble;
import io.rockpool.channel.tck.Tunnel;
import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;

/**
 * Slack, Feishu and LINE, each with a person who writes to an instance's bot there. OpenClaw
 * reaches Feishu by https alone, and LINE at the address that it knows by heart: a proxy leads
 * there.
 */
final class ChatApps implements AutoCloseable {
  private static final Secret SLACK_TOKEN = Secret.of("xoxb-example-token-of-a-bot");
  private static final Secret SLACK_SIGNING = Secret.of("8f742231b10e8888abcd99yyyzzz85a5");
  private static final Pair FEISHU_APP =
      new Pair(Secret.of("cli_a1b2c3"), Secret.of("app-secret-0123456789abcdef"));
  private static final Secret FEISHU_VERIFICATION = Secret.of("verification-0123456789abcdef");
  private static final Secret FEISHU_ENCRYPT = Secret.of("encrypt-key-0123456789abcdef");
  private static final Secret LINE_TOKEN = Secret.of("line-channel-access-token-0123456789");
  private static final Secret LINE_CHANNEL = Secret.of("8c570fa6dd201bb328f1c1eac23a96d8");
  private static final int EVA = 7;

  private final Path folder;
  private final Certificate certificate;
  private final SlackDouble slack;
  private final FeishuDouble feishu;
  private final LineDouble line;
  private final Tunnel tunnel;
  private int notices;

  /**
   * @param folder of this test's own
   */
  ChatApps(Path folder) throws IOException, InterruptedException, GeneralSecurityException {
    this.folder = folder;
    certificate = Certificate.of(folder, "api.line.me");
    var tls = Optional.of(certificate.tls());
    var clock = InstantSource.system();
    slack = new SlackDouble(new SlackDouble.Setting(SLACK_TOKEN, SLACK_SIGNING, 0), clock);
    feishu =
        new FeishuDouble(
            new FeishuDouble.Setting(FEISHU_APP, FEISHU_VERIFICATION, FEISHU_ENCRYPT, 0, tls),
            clock);
    line = new LineDouble(new LineDouble.Setting(LINE_TOKEN, LINE_CHANNEL, true, 0, tls), clock);
    tunnel = new Tunnel(Map.of("api.line.me", line.root()));
  }

  /** Servers that are started from now on find these platforms, and so do their instances. */
  void reachedFrom(Ground ground) throws IOException {
    ground.set("ROCKPOOL_SLACK_API_ROOT", slack.root().toString());
    ground.set("ROCKPOOL_FEISHU_API_ROOT", feishu.root().toString());
    ground.set("ROCKPOOL_LINE_API_ROOT", line.root().toString());
    ground.set("JDK_JAVA_OPTIONS", certificate.javaOptions());
    TunnelledRuntime.on(ground, folder, tunnel.uri(), certificate.pem());
  }

  /**
   * Connects a bot of each to an instance, as its owner does; where a person enters the address of
   * its webhook, too.
   *
   * @param channels of the instance
   */
  void connect(Api api, String channels) throws IOException {
    var atSlack =
        connect(
            api,
            channels,
            Map.of(
                "platform",
                "slack",
                "token",
                SLACK_TOKEN.reveal(),
                "signingSecret",
                SLACK_SIGNING.reveal()));
    until("Slack has the address", () -> slack.saveEventAddress(atSlack));
    slack.start();
    var atFeishu =
        connect(
            api,
            channels,
            Map.of(
                "platform",
                "feishu",
                "appId",
                FEISHU_APP.first().reveal(),
                "token",
                FEISHU_APP.second().reveal(),
                "verificationToken",
                FEISHU_VERIFICATION.reveal(),
                "signingSecret",
                FEISHU_ENCRYPT.reveal()));
    until("Feishu has the address", () -> feishu.saveEventAddress(atFeishu));
    var _ =
        connect(
            api,
            channels,
            Map.of(
                "platform",
                "line",
                "token",
                LINE_TOKEN.reveal(),
                "signingSecret",
                LINE_CHANNEL.reveal()));
    until("LINE has the address", line::verify);
  }

  /** The address of its webhook; LINE is told it by Rockpool. */
  private static URI connect(Api api, String channels, Map<String, String> keys)
      throws IOException {
    var wish = new HashMap<>(keys);
    wish.put("dmPolicy", "open");
    var connected = body(201, api.post(channels, wish));
    return URI.create(connected.path("webhook").asString(""));
  }

  /** Eva writes to the bot there; returns once the platform's request was acknowledged. */
  void writes(String platform, String text) {
    notices++;
    switch (platform) {
      case "slack" -> {
        slack.says("U0EVA", slack.chat(EVA), text);
        until("Slack is heard", () -> slack.waiting() == 0);
      }
      case "feishu" -> {
        var event = feishu.writes(notices, feishu.chat(EVA), text);
        until("Feishu is heard", () -> feishu.deliver(event));
      }
      case "line" -> {
        var event = line.writes(notices, line.chat(EVA), text);
        until("LINE is heard", () -> line.deliver(event));
      }
      default -> throw new IllegalArgumentException(platform);
    }
  }

  /** What Eva reads, by platform. */
  Map<String, List<String>> read() {
    return new TreeMap<>(
        Map.of(
            "slack", slack.read(slack.chat(EVA)),
            "feishu", feishu.read(feishu.chat(EVA)),
            "line", line.read(line.chat(EVA))));
  }

  /** Platforms try again what is not answered in time: at the latest, here, after a minute. */
  private void until(String what, Callable<Boolean> holds) {
    Waiting.until(
        120,
        what,
        () -> "%s%n%s%n%s".formatted(slack.calls(), feishu.calls(), line.calls()),
        holds);
  }

  @Override
  public void close() {
    try {
      tunnel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    slack.close();
    feishu.close();
    line.close();
  }
}
