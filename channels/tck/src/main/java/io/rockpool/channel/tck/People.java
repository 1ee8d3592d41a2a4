package io.rockpool.channel.tck;

import io.rockpool.channel.Keys;
import io.rockpool.channel.Webhook;
import io.rockpool.runtime.Secret;
import java.net.URI;
import java.util.List;

/** A platform as a test uses it: what people do there, and what they read. */
public interface People extends AutoCloseable {
  /** The root of the platform's API. */
  URI root();

  /** A token that it accepts. */
  Secret token();

  /** What it proves itself with, and who we are there. */
  Keys keys();

  /**
   * A chat that the platform knows, with one person in it and us.
   *
   * @param number the same for the same chat
   */
  String chat(int number);

  /**
   * The request by which the platform tells that the person of a chat wrote something.
   *
   * @param notice another for each message, the same for a repetition
   */
  Webhook writes(int notice, String chat, String text);

  /** The same, by a bot. */
  Webhook botWrites(int notice, String chat, String text);

  /** A genuine request with any body. */
  Webhook sends(byte[] body);

  /** The same request as another sender would make it, who does not know the secret. */
  Webhook forged(Webhook request);

  /** What is read of us in a chat, in its present words, oldest first. */
  List<String> read(String chat);

  /** We are let into a chat no longer. */
  void closes(String chat);

  /** Whether it answers nothing but errors. */
  void down(boolean down);

  /** It is gone. */
  @Override
  void close();
}
