package io.rockpool.edge.model;

import io.rockpool.edge.Room;
import io.rockpool.edge.model.ModelUpstream.Payer;
import io.rockpool.runtime.InstanceId;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * What is held in memory of an answer. All that the operator pays for share so much room, and all
 * of users' own providers, which may say anything, as much again.
 */
final class HeldAnswer implements AutoCloseable {
  /** Of a user's own provider, in bytes, where there is room enough. */
  private static final int LONGEST_OWN = 8 << 20;

  /** Of any other. */
  private static final int LONGEST = 64 << 20;

  /** So many times its length an answer takes while it is read: with its copies and its tree. */
  private static final int WEIGHT = 4;

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

  /**
   * Room for answers.
   *
   * @param longest answer that is read, in bytes
   */
  record Space(Room<InstanceId> room, int longest) {
    /**
     * @param bytes for all; one has a quarter of it at most
     */
    static Space of(Payer payer, long bytes) {
      int longest = (int) Math.min(most(payer), bytes / WEIGHT);
      long share = Math.max((long) WEIGHT * longest, bytes / 4);
      return new Space(new Room<>(bytes, share), longest);
    }

    private static int most(Payer payer) {
      return switch (payer) {
        case OPERATOR -> LONGEST;
        case ACCOUNT -> LONGEST_OWN;
      };
    }
  }

  /** By who pays for the answers. */
  record Spaces(Space operators, Space accounts) {
    private Space of(Payer payer) {
      return switch (payer) {
        case OPERATOR -> operators;
        case ACCOUNT -> accounts;
      };
    }
  }

  private final Payer payer;
  private final Room<InstanceId> room;
  private final int longest;
  private final InstanceId instance;
  private int taken; // in KiB

  HeldAnswer(Payer payer, Spaces spaces, InstanceId instance) {
    this.payer = payer;
    this.room = spaces.of(payer).room();
    this.longest = spaces.of(payer).longest();
    this.instance = instance;
  }

  /** Reads all of it. Its room is kept. */
  byte[] readAll(InputStream in) throws IOException {
    var out = new ByteArrayOutputStream(16 << 10);
    var part = new byte[16 << 10];
    for (int read = in.read(part); read >= 0; read = in.read(part)) {
      if (out.size() + read > longest) {
        throw new Unheld(
            ModelError.unavailable(
                "%s answered with more than %d MiB. Ask it for less at once."
                    .formatted(provider(), longest >> 20),
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
    if (kib == taken) {
      return;
    }
    if (kib < taken) {
      room.giveBack(instance, taken - kib);
    } else if (!room.take(instance, kib - taken)) {
      throw new Unheld(
          ModelError.unavailable(
              "Too many long answers of models at once. Try again in a few seconds.",
              Duration.ofSeconds(2)));
    }
    taken = kib;
  }

  private String provider() {
    return switch (payer) {
      case OPERATOR -> "The model service";
      case ACCOUNT -> "Your own model provider";
    };
  }

  /** Gives the room back. Again, it does nothing. */
  @Override
  public void close() {
    room.giveBack(instance, taken);
    taken = 0;
  }
}
