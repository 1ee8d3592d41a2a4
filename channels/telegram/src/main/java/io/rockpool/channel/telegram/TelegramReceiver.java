package io.rockpool.channel.telegram;

import io.rockpool.channel.Digests;
import io.rockpool.channel.Receipt;
import io.rockpool.channel.Receiver;
import io.rockpool.channel.Reply;
import io.rockpool.channel.StrictJson;
import io.rockpool.channel.Webhook;
import io.rockpool.runtime.Secret;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Reads updates. They are not signed: a header shows a secret that was given with the address. A
 * reply's body would be executed as a call, so that it is always empty.
 */
final class TelegramReceiver implements Receiver {
  static final String HEADER = "X-Telegram-Bot-Api-Secret-Token";
  private static final String LOWER = "x-telegram-bot-api-secret-token";
  private static final Pattern SECRET = Pattern.compile("[A-Za-z0-9_-]{1,256}");
  private static final Reply TAKEN = Reply.empty(200);

  private final Secret secret;

  TelegramReceiver(Secret secret) {
    if (!SECRET.matcher(secret.reveal()).matches()) {
      throw new IllegalArgumentException(
          "a Telegram webhook needs a secret of 1 to 256 letters, digits, _ and -");
    }
    this.secret = secret;
  }

  @Override
  public Receipt receive(Webhook request, Instant now) {
    var shown = request.only(LOWER).orElse("");
    if (!Digests.same(shown, secret.reveal()) || !request.method().equals("POST")) {
      return new Receipt.Forged(Reply.empty(401));
    }
    var update = StrictJson.object(request.body());
    if (update.isEmpty()) {
      return unreadable(request, "not a JSON object");
    }
    return switch (Update.read(update.get())) {
      case Update.Seen.One(var message) ->
          new Receipt.Messages(List.of(message), "application/json", TAKEN);
      case Update.Seen.OfBot _ -> new Receipt.Ignored("written by a bot", TAKEN);
      case Update.Seen.Nothing(var why) -> unreadable(request, why);
    };
  }

  private static Receipt unreadable(Webhook request, String why) {
    return new Receipt.Unreadable(Digests.name(request.body()), why, TAKEN);
  }

  @Override
  public Map<String, String> sign(byte[] body, Instant now) {
    return Map.of(HEADER, secret.reveal());
  }
}
