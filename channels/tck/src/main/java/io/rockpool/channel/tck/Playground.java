package io.rockpool.channel.tck;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.rockpool.channel.Reply;
import io.rockpool.channel.StrictJson;
import io.rockpool.channel.Webhook;
import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;

/**
 * Both doubles, and a page where a person writes to their bots and reads what they say: a channel
 * can be tried without an account. Everything is in memory, and on loopback.
 *
 * <p>{@code GET /} is the page. {@code GET /telegram} and {@code GET /slack} are conversations as
 * JSON, a {@code POST} there says its body. {@code POST /slack/address} is what a person does at
 * Slack's own pages: its body is where events go from now on.
 */
public final class Playground implements AutoCloseable {
  /** Accepted by the double of Telegram. It is a secret of nobody's. */
  public static final Secret TELEGRAM_TOKEN =
      Secret.of("1000000001:AAPlayground-of-rockpool-no-secret");

  /** Accepted by the double of Slack, as is its signing secret. */
  public static final Secret SLACK_TOKEN = Secret.of("xoxb-playground-of-rockpool");

  public static final Secret SLACK_SIGNING = Secret.of("0123456789abcdef0123456789abcdef");

  private static final long PERSON = 7;
  private static final String MEMBER = "U0000007";
  private static final String DIRECT = "D0000007";
  private static final int LONGEST = 4_096;

  private final TelegramDouble telegram;
  private final SlackDouble slack;
  private final Loopback page;
  private final Conversation withTelegram = new Conversation();
  private final Conversation withSlack = new Conversation();

  /**
   * Takes three ports in a row.
   *
   * @param port of the page; the next is Telegram's, the one after it Slack's. 0 for any three
   */
  public Playground(int port) {
    var clock = InstantSource.system();
    telegram =
        new TelegramDouble(
            new TelegramDouble.Setting(
                TELEGRAM_TOKEN, "playground_bot", true, port == 0 ? 0 : port + 1),
            clock);
    slack =
        new SlackDouble(
            new SlackDouble.Setting(SLACK_TOKEN, SLACK_SIGNING, port == 0 ? 0 : port + 2), clock);
    page = new Loopback(port, this::answer);
    telegram.start();
    slack.start();
  }

  /** Runs until it is ended; the argument is the port of the page. */
  public static void main(String[] arguments) throws InterruptedException {
    var playground = new Playground(Integer.parseInt(arguments[0]));
    Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(playground::close));
    Thread.currentThread().join();
  }

  URI address() {
    return page.root();
  }

  URI telegram() {
    return telegram.root();
  }

  private Reply answer(String path, Webhook request) {
    var text = new String(request.body(), UTF_8).strip();
    return switch (request.method() + " " + path) {
      case "GET /" -> page();
      case "GET /telegram" -> telegramRead();
      case "POST /telegram" -> said(text, withTelegram, () -> telegram.says(PERSON, PERSON, text));
      case "GET /slack" -> slackRead();
      case "POST /slack" -> said(text, withSlack, () -> slack.says(MEMBER, DIRECT, text));
      case "POST /slack/address" -> address(text);
      default -> Reply.empty(404);
    };
  }

  private static Reply said(String text, Conversation conversation, Runnable say) {
    if (text.isEmpty() || text.length() > LONGEST) {
      return words(422, "Say something, in at most %,d characters.".formatted(LONGEST));
    }
    conversation.youSay(text);
    say.run();
    return Reply.empty(204);
  }

  private Reply telegramRead() {
    telegram
        .said(PERSON)
        .forEach(it -> withTelegram.botSaid(Long.toString(it.id()), it.text(), it.edits()));
    return read(withTelegram);
  }

  private Reply slackRead() {
    slack.said(DIRECT).forEach(it -> withSlack.botSaid(it.ts(), it.text(), it.edits()));
    return read(withSlack);
  }

  private static Reply read(Conversation conversation) {
    var items = StrictJson.write().putArray("items");
    for (var line : conversation.lines()) {
      items.addObject().put("by", line.by()).put("text", line.text()).put("edits", line.edits());
    }
    return Reply.json(items.toString());
  }

  private Reply address(String text) {
    return url(text).filter(slack::saveEventAddress).isPresent()
        ? Reply.empty(204)
        : words(422, "That address did not answer Slack's challenge. Connect the app first.");
  }

  private static Optional<URI> url(String text) {
    try {
      return Optional.of(URI.create(text)).filter(it -> it.isAbsolute() && it.getHost() != null);
    } catch (IllegalArgumentException noAddress) {
      return Optional.empty();
    }
  }

  private static Reply words(int status, String words) {
    return new Reply(status, Map.of("Content-Type", "text/plain; charset=utf-8"), words);
  }

  private static Reply page() {
    try (var in = Playground.class.getResourceAsStream("playground.html")) {
      if (in == null) {
        throw new IllegalStateException("playground.html is missing beside " + Playground.class);
      }
      return words(200, new String(in.readAllBytes(), UTF_8))
          .with("Content-Type", "text/html; charset=utf-8");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    page.close();
    telegram.close();
    slack.close();
  }
}
