package io.rockpool.control.binding;

import io.rockpool.channel.Place;
import io.rockpool.channel.StrictJson;
import io.rockpool.control.inbox.Content;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/**
 * What somebody wrote to his assistant, as the inbox keeps it.
 *
 * @param place where the answer goes
 * @param direct whether nobody else is there
 */
record Question(String sender, Place place, boolean direct, String text) {
  private static final int FORMAT = 1;

  Content content() {
    var json =
        StrictJson.write()
            .put("format", FORMAT)
            .put("sender", sender)
            .put("chat", place.chat())
            .put("thread", place.thread())
            .put("direct", direct)
            .put("text", text);
    return new Content(Map.of(), json.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** Empty when this version did not write it. */
  static Optional<Question> of(Content content) {
    return StrictJson.object(content.body())
        .filter(it -> it.path("format").asInt(0) == FORMAT)
        .map(it ->
            new Question(
                StrictJson.text(it, "sender"),
                new Place(StrictJson.text(it, "chat"), StrictJson.text(it, "thread")),
                it.path("direct").asBoolean(false),
                StrictJson.text(it, "text")));
  }
}
