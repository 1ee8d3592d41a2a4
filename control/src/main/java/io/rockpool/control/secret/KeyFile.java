package io.rockpool.control.secret;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;

/**
 * A file of keys, 32 bytes in URL-safe base64 in each line, mode 0600. Whole or not there: a server
 * that is killed leaves no half of one.
 */
public final class KeyFile {
  public static final int KEY_BYTES = 32;

  private static final Base64.Encoder TEXT = Base64.getUrlEncoder().withoutPadding();
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Path file;

  public KeyFile(Path file) {
    this.file = file;
  }

  /** 32 bytes that nobody can guess. */
  public static byte[] fresh() {
    var key = new byte[KEY_BYTES];
    RANDOM.nextBytes(key);
    return key;
  }

  /**
   * Its keys, at least one; makes the file with a new one where there is none.
   *
   * @throws IOException when it cannot be read, or holds anything else
   */
  public List<byte[]> keys() throws IOException {
    if (!Files.exists(file)) {
      create(fresh());
    }
    return parse(Files.readString(file), file.toString());
  }

  /** Puts these keys in place of what it holds. */
  public void keep(List<byte[]> keys) throws IOException {
    Files.move(beside(keys), file, StandardCopyOption.ATOMIC_MOVE);
    deleteLeftovers();
    syncFolder();
  }

  public boolean exists() {
    return Files.exists(file);
  }

  /** Deletes it, should it be there. */
  public void delete() throws IOException {
    Files.deleteIfExists(file);
  }

  /**
   * The keys in a text, blanks between them.
   *
   * @param place where the text is from, for the message
   * @throws IOException when there is none, or anything else
   */
  public static List<byte[]> parse(String text, String place) throws IOException {
    var keys = new ArrayList<byte[]>();
    for (var word : Arrays.stream(text.split("\\s+")).filter(it -> !it.isEmpty()).toList()) {
      keys.add(decode(word, place));
    }
    if (keys.isEmpty()) {
      throw noKey(place);
    }
    return keys;
  }

  private static byte[] decode(String word, String place) throws IOException {
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(word);
    } catch (IllegalArgumentException noBase64) {
      // Its message would show a part of the key.
      throw noKey(place);
    }
    if (bytes.length != KEY_BYTES) {
      throw new IOException(
          "%s holds %d bytes instead of %d: restore it from your backup"
              .formatted(place, bytes.length, KEY_BYTES));
    }
    return bytes;
  }

  private static IOException noKey(String place) {
    return new IOException("%s holds no key: restore it from your backup".formatted(place));
  }

  /** Written beside, then linked into place, which fails if one is there. */
  private void create(byte[] key) throws IOException {
    var beside = beside(List.of(key));
    try {
      Files.createLink(file, beside);
      syncFolder();
    } catch (FileAlreadyExistsException madeMeanwhile) {
      // The one that is there now is as good.
    } finally {
      Files.deleteIfExists(beside);
    }
  }

  /** After a loss of power the new file must be there: others were told of it. */
  private void syncFolder() throws IOException {
    try (var folder = FileChannel.open(folder())) {
      folder.force(true);
    }
  }

  /** What a server that was killed half way left here. */
  private void deleteLeftovers() throws IOException {
    try (var files = Files.newDirectoryStream(folder(), leftover() + "*")) {
      for (var each : files) {
        Files.deleteIfExists(each);
      }
    }
  }

  private Path folder() {
    return requireNonNull(file.toAbsolutePath().getParent());
  }

  private String leftover() {
    return "." + file.getFileName() + ".";
  }

  private Path beside(List<byte[]> keys) throws IOException {
    var beside =
        Files.createTempFile(
            folder(),
            leftover(),
            "",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try (var out =
        Files.newByteChannel(
            beside, EnumSet.of(StandardOpenOption.WRITE, StandardOpenOption.SYNC))) {
      for (var key : keys) {
        var line = TEXT.encodeToString(key) + "\n";
        out.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.US_ASCII)));
      }
    } catch (IOException e) {
      Files.deleteIfExists(beside);
      throw e;
    }
    return beside;
  }
}
