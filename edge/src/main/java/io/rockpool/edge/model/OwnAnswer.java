package io.rockpool.edge.model;

import io.rockpool.runtime.InstanceId;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * What is held in memory of an answer of a user's own provider, which may say anything. All of them
 * share so much room, of which an instance gets a part.
 */
final class OwnAnswer implements AutoCloseable {
  /** In bytes. */
  static final int LONGEST = 8 << 20;

  /** So many times its length an answer takes while it is read: with its copies and its tree. */
  static final int WEIGHT = 4;

  /** Reads them: a tree of more parts than these would be many times as large as its text. */
  static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxTokenCount(1_000_000).build())
                  .build())
          .build();

  /** What every stream may hold, without room for it. */
  private static final int FREE = 64 << 10;

  /** An answer that is not passed, and what its client is told. */
  static final class Unheld extends IOException {
    final transient ModelError error;

    Unheld(ModelError error) {
      super(error.code());
      this.error = error;
    }
  }

  private final RequestBody.Room room;
  private final InstanceId instance;
  private int taken; // in KiB

  OwnAnswer(RequestBody.Room room, InstanceId instance) {
    this.room = room;
    this.instance = instance;
  }

  /** Reads all of it. Its room is kept. */
  byte[] readAll(InputStream in) throws IOException {
    var out = new ByteArrayOutputStream(16 << 10);
    var part = new byte[16 << 10];
    for (int read = in.read(part); read >= 0; read = in.read(part)) {
      if (out.size() + read > LONGEST) {
        throw new Unheld(
            ModelError.unavailable(
                "Your own model provider answered with more than %d MiB. Ask it for less at once."
                    .formatted(LONGEST >> 20),
                Duration.ZERO));
      }
      hold((long) WEIGHT * (out.size() + read));
      out.write(part, 0, read);
    }
    return out.toByteArray();
  }

  /** It is read, and nothing but so many bytes of it is kept until its client has them. */
  void keep(int bytes) throws Unheld {
    hold(bytes);
  }

  /** So many bytes of a stream wait for their end. */
  void waiting(int bytes) throws Unheld {
    hold((long) WEIGHT * Math.max(0, bytes - FREE));
  }

  private void hold(long bytes) throws Unheld {
    int kib = Math.toIntExact(Math.ceilDiv(bytes, 1 << 10));
    if (kib < taken) {
      room.giveBack(instance, taken - kib);
    } else if (!room.take(instance, kib - taken)) {
      throw new Unheld(
          ModelError.unavailable(
              "Too many long answers of users' own model providers at once. Try again in a few seconds.",
              Duration.ofSeconds(2)));
    }
    taken = kib;
  }

  /** Gives the room back. Again, it does nothing. */
  @Override
  public void close() {
    room.giveBack(instance, taken);
    taken = 0;
  }
}
