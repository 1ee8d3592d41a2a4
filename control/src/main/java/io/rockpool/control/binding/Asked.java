package io.rockpool.control.binding;

import io.rockpool.channel.Identity;
import io.rockpool.channel.Inbound;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What somebody wants of a shared bot. A command is one only where the whole message is: what is
 * quoted or pasted never is. Pure.
 */
sealed interface Asked {
  /**
   * @param code as it was typed
   */
  record Bind(String code) implements Asked {}

  record Unbind() implements Asked {}

  record Status() implements Asked {}

  record Help() implements Asked {}

  /**
   * Something for the assistant.
   *
   * @param text without a mention of the bot at its beginning; may be empty
   */
  record Text(String text) implements Asked {}

  static Asked of(Inbound message, Identity self) {
    var text = withoutMention(message.text().strip(), self);
    if (message.kind() == Inbound.Kind.COMMAND) {
      return ofPlatform(text, self);
    }
    return command(text, self).orElseGet(() -> new Text(text));
  }

  /** Such as {@code /rockpool bind CODE}: a name of the operator's choice, or of a command. */
  private static Asked ofPlatform(String text, Identity self) {
    var known = command(text, self);
    if (known.isPresent()) {
      return known.get();
    }
    if (!text.startsWith("/")) {
      return new Text(text); // a command that stands for what is said to it
    }
    var parts = text.split("\\s+", 2);
    var rest = parts.length == 2 ? parts[1].strip() : "";
    if (rest.isEmpty()) {
      return new Help();
    }
    return command("/" + rest, self).or(() -> command(rest, self)).orElseGet(() -> new Text(rest));
  }

  private static Optional<Asked> command(String text, Identity self) {
    var words = text.split("\\s+", 3);
    if (words.length > 2 || text.length() > 100) {
      return Optional.empty();
    }
    boolean slashed = words[0].startsWith("/");
    var name = name(slashed ? words[0].substring(1) : words[0], self);
    if (words.length == 2) {
      // Without a slash it might be meant for the assistant: then it must look like a code.
      boolean isCode = slashed || Code.hash(words[1]).isPresent();
      return isCode && (name.equals("bind") || (slashed && name.equals("start")))
          ? Optional.of(new Bind(words[1]))
          : Optional.empty();
    }
    if (name.equals("unbind")) {
      return Optional.of(new Unbind());
    }
    return !slashed
        ? Optional.empty()
        : switch (name) {
          case "status" -> Optional.of(new Status());
          case "help", "start", "bind" -> Optional.of(new Help());
          default -> Optional.empty();
        };
  }

  /** In groups, commands say whom they are for: {@code status@some_bot}. */
  private static String name(String word, Identity self) {
    var lower = word.toLowerCase(Locale.ROOT);
    var suffix = "@" + self.name().toLowerCase(Locale.ROOT);
    return lower.endsWith(suffix) ? lower.substring(0, lower.length() - suffix.length()) : lower;
  }

  private static String withoutMention(String text, Identity self) {
    var name = Pattern.quote(self.name());
    var id = Pattern.quote(self.id());
    var mention = "^(?:@%s(?![\\w])|<@%s(?:\\|[^>]*)?>)[\\s,:]*".formatted(name, id);
    return Pattern.compile(mention, Pattern.CASE_INSENSITIVE).matcher(text).replaceFirst("");
  }
}
