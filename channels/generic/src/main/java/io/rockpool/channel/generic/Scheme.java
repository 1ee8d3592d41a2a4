package io.rockpool.channel.generic;

import io.rockpool.channel.Inbound.Kind;
import io.rockpool.channel.Reply;
import io.rockpool.channel.generic.Spot.Says;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All that differs between platforms which post JSON and sign it.
 *
 * @param encrypted the name at which a body holds another one, in Base64: AES-256-CBC with the
 *     secret's SHA-256 as the key and the first 16 bytes as the start; empty where none is
 *     encrypted
 * @param challenge by which the platform asks whether this is the right address; empty where it
 *     does not
 * @param taken what is answered once a message is kept
 */
record Scheme(
    Proof proof, String encrypted, Optional<Challenge> challenge, Events events, Reply taken) {
  /**
   * A request whose answer shows that the address is ours. It may come without a signature: then
   * the token alone proves who sent it.
   *
   * @param type by which it is known
   * @param token where it stands
   * @param name under which the challenge comes and is returned
   */
  record Challenge(Says type, Spot token, String name) {}

  /**
   * What stands where in an event.
   *
   * @param list the pointer to a body's events; empty if a body is one event. No events are a
   *     question whether the webhook works
   * @param ignored what is for nobody, e.g. written by a bot
   * @param kinds by type; others are {@link Kind#OTHER}
   * @param id the same whenever the platform sends this again. Kept with the type before it
   * @param message that it is about
   * @param lane its conversation; an event without one is a lane of its own
   * @param chat where an answer goes
   * @param direct that nobody else is in the conversation
   */
  record Events(
      String list,
      List<Says> ignored,
      Spot type,
      Map<String, Kind> kinds,
      Spot id,
      Spot message,
      Spot lane,
      Spot sender,
      Spot chat,
      Says direct,
      Spot text) {
    Events {
      ignored = List.copyOf(ignored);
      kinds = Map.copyOf(kinds);
    }
  }
}
