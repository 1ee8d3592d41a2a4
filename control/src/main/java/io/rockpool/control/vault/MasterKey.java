package io.rockpool.control.vault;

import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/** A master key that this server holds itself. Its id is a part of its hash. */
public final class MasterKey implements KeyWrap {
  private static final Base64.Encoder TEXT = Base64.getUrlEncoder().withoutPadding();
  private static final String PURPOSE = "rockpool master key ";

  private final SecretKey key;
  private final String id;

  private MasterKey(byte[] bytes) {
    this.key = new SecretKeySpec(bytes, "AES");
    this.id = "local:" + HexFormat.of().formatHex(hash(bytes), 0, 8);
  }

  /** One that nobody has yet. */
  public static MasterKey fresh() {
    return new MasterKey(Aead.freshKey());
  }

  /**
   * Those of a file, one in each line, the newest first; makes the file (mode 0600) with a new one
   * where there is none.
   *
   * @throws IOException when it cannot be read, or holds anything else
   */
  public static List<MasterKey> at(Path file) throws IOException {
    if (!Files.exists(file)) {
      create(file, List.of(fresh()));
    }
    return parse(Files.readString(file), file.toString());
  }

  /**
   * Puts a new one before those of a file. What they wrapped is still readable.
   *
   * @return all, the new one first
   */
  public static List<MasterKey> renew(Path file) throws IOException {
    var keys = Stream.concat(Stream.of(fresh()), at(file).stream()).toList();
    keep(file, keys);
    return keys;
  }

  /**
   * Leaves only the first key in a file. Do this when nothing is wrapped by the others any more.
   */
  public static void forgetOld(Path file) throws IOException {
    keep(file, at(file).subList(0, 1));
  }

  /**
   * Those that a text holds, e.g. an environment variable: 32 bytes in URL-safe base64 each, the
   * newest first, blanks between them.
   *
   * @param place where the text is from, for the message
   * @throws IOException when it holds anything else
   */
  public static List<MasterKey> parse(String text, String place) throws IOException {
    var words = Arrays.stream(text.split("\\s+")).filter(it -> !it.isEmpty()).toList();
    if (words.isEmpty()) {
      throw new IOException("%s holds no master key: restore it from your backup".formatted(place));
    }
    var keys = new ArrayList<MasterKey>();
    for (var word : words) {
      keys.add(new MasterKey(decode(word, place)));
    }
    return List.copyOf(keys);
  }

  /**
   * Those of a PKCS#12 file: all its AES keys of 256 bits, the one named {@code alias} first.
   *
   * @throws IOException when it cannot be read with that password, or has no such key
   */
  public static List<MasterKey> pkcs12(Path file, Secret password, String alias)
      throws IOException {
    var characters = password.reveal().toCharArray();
    try {
      var store = KeyStore.getInstance(file.toFile(), characters);
      var first = new ArrayList<MasterKey>();
      var others = new ArrayList<MasterKey>();
      for (var each : Collections.list(store.aliases())) {
        if (store.getKey(each, characters) instanceof SecretKey secret
            && secret.getEncoded().length == Aead.KEY_BYTES) {
          (each.equalsIgnoreCase(alias) ? first : others).add(new MasterKey(secret.getEncoded()));
        }
      }
      if (first.isEmpty()) {
        throw new IOException("%s has no AES key of 256 bits named '%s'".formatted(file, alias));
      }
      return Stream.concat(first.stream(), others.stream()).toList();
    } catch (GeneralSecurityException e) {
      throw new IOException("%s cannot be read as PKCS#12 with this password".formatted(file), e);
    } finally {
      Arrays.fill(characters, ' ');
    }
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public byte[] wrap(byte[] dataKey, String context) {
    return Aead.seal(key, dataKey, PURPOSE + context);
  }

  @Override
  public byte[] unwrap(byte[] wrapped, String context) {
    return Aead.open(key, wrapped, PURPOSE + context);
  }

  /** Its id; never a part of it. */
  @Override
  public String toString() {
    return id;
  }

  private static byte[] decode(String word, String place) throws IOException {
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(word);
    } catch (IllegalArgumentException noBase64) {
      // Its message would show a part of the key.
      throw new IOException("%s holds no master key: restore it from your backup".formatted(place));
    }
    if (bytes.length != Aead.KEY_BYTES) {
      throw new IOException(
          "%s holds a key of %d bytes instead of %d: restore it from your backup"
              .formatted(place, bytes.length, Aead.KEY_BYTES));
    }
    return bytes;
  }

  /** Whole or not at all: written beside, then linked into place, which fails if one is there. */
  private static void create(Path file, List<MasterKey> keys) throws IOException {
    var beside = beside(file, keys);
    try {
      Files.createLink(file, beside);
    } catch (FileAlreadyExistsException madeMeanwhile) {
      // The one that is there now is as good.
    } finally {
      Files.deleteIfExists(beside);
    }
  }

  private static void keep(Path file, List<MasterKey> keys) throws IOException {
    Files.move(beside(file, keys), file, StandardCopyOption.ATOMIC_MOVE);
  }

  private static Path beside(Path file, List<MasterKey> keys) throws IOException {
    var beside =
        Files.createTempFile(
            file.toAbsolutePath().getParent(),
            ".master",
            "",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try (var out =
        Files.newByteChannel(
            beside, EnumSet.of(StandardOpenOption.WRITE, StandardOpenOption.SYNC))) {
      for (var each : keys) {
        var line = TEXT.encodeToString(each.key.getEncoded()) + "\n";
        out.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.US_ASCII)));
      }
    }
    return beside;
  }

  private static byte[] hash(byte[] bytes) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      digest.update(PURPOSE.getBytes(StandardCharsets.US_ASCII));
      return digest.digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
