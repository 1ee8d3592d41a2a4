package io.rockpool.control.openclaw;

import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * Reads what a gateway says about accounts that a person links: {@code web.login.*}, {@code
 * channels.status}, {@code channels.logout}. Most of it is sentences: those of the WhatsApp plugin
 * 2026.9.6, {@code login-qr}.
 */
final class LinkAnswers {
  private static final String NO_ANSWER =
      "The instance does not answer about its chat accounts: try again in a moment.";
  private static final String NOT_READY =
      "The instance is not ready for this platform yet: try again in a moment.";

  private LinkAnswers() {}

  static Linking linking(Answer answer) {
    if (!(answer instanceof Answer.Said(var status, var body))) {
      return new Linking.NotYet(NO_ANSWER);
    }
    if (status != 200) {
      return new Linking.NotYet(NOT_READY);
    }
    var payload = body.path("payload");
    var message = payload.path("message").asString("");
    if (payload.path("connected").asBoolean(false) || message.contains("is already linked")) {
      return new Linking.Linked();
    }
    var image = payload.path("qrDataUrl").asString("");
    if (image.startsWith("data:image/png;base64,")) {
      return new Linking.Code(image);
    }
    if (payload.path("code").asString("").equals("whatsapp-auth-unstable")) {
      return new Linking.NotYet(Advice.shown(message));
    }
    if (message.startsWith("Still waiting")) {
      return new Linking.Waiting();
    }
    if (message.contains("replaced by a newer request")) {
      return new Linking.Replaced();
    }
    if (Stream.of("QR expired", "No active WhatsApp login", "QR refs attempts ended")
        .anyMatch(message::contains)) {
      return new Linking.Expired();
    }
    return new Linking.Failed(
        message.isBlank() ? "The instance did not say why." : Advice.shown(message));
  }

  static LinkedAccount account(Answer answer, String platform) {
    if (!(answer instanceof Answer.Said(var status, var body))) {
      return new LinkedAccount.Unavailable(NO_ANSWER);
    }
    var account = body.path("payload").path("channels").path(platform);
    if (status != 200 || !account.path("linked").isBoolean()) {
      return new LinkedAccount.Unavailable(NOT_READY);
    }
    var self = account.path("self");
    return new LinkedAccount.Known(
        account.path("linked").asBoolean(false),
        account.path("connected").asBoolean(false),
        Advice.shown(self.path("e164").asString(self.path("jid").asString(""))),
        trouble(account));
  }

  private static String trouble(JsonNode account) {
    var said = account.path("lastError").asString("");
    if (!said.isBlank()) {
      return Advice.shown(said);
    }
    var last = account.path("lastDisconnect");
    return Advice.shown(last.path("error").asString(""));
  }

  /** Whether it forgot what it was let in by; what it says then is what {@link #account} reads. */
  static boolean isLoggedOut(Answer answer) {
    return answer instanceof Answer.Said(var status, _) && status == 200;
  }
}
