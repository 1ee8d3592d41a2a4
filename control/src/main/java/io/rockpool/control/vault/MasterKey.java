package io.rockpool.control.vault;

import io.rockpool.control.secret.KeyFile;
import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/** A master key that this server holds itself. Its id is a part of its hash. */
public final class MasterKey implements KeyWrap {
  private static final String PURPOSE = "rockpool master key ";

  private final SecretKey key;
  private final String id;

  private MasterKey(byte[] bytes) {
    this.key = new SecretKeySpec(bytes, "AES");
    this.id = "local:" + HexFormat.of().formatHex(hash(bytes), 0, 8);
  }

  /** One that nobody has yet. */
  public static MasterKey fresh() {
    return new MasterKey(KeyFile.fresh());
  }

  /**
   * Those of a file, the newest first; makes the file with a new one where there is none.
   *
   * @throws IOException when it cannot be read, or holds anything else
   */
  public static List<MasterKey> in(KeyFile file) throws IOException {
    return file.keys().stream().map(MasterKey::new).toList();
  }

  /** Puts a new one before those of a file. What they wrapped is still readable. */
  public static void renew(KeyFile file) throws IOException {
    file.keep(Stream.concat(Stream.of(KeyFile.fresh()), file.keys().stream()).toList());
  }

  /**
   * Leaves only the first key in a file. Do this when nothing is wrapped by the others any more.
   */
  public static void forgetOld(KeyFile file) throws IOException {
    file.keep(file.keys().subList(0, 1));
  }

  /**
   * Those that a text holds, e.g. an environment variable: 32 bytes in URL-safe base64 each, the
   * newest first, blanks between them.
   *
   * @param place where the text is from, for the message
   * @throws IOException when it holds anything else
   */
  public static List<MasterKey> parse(Secret text, String place) throws IOException {
    return KeyFile.parse(text.reveal(), place).stream().map(MasterKey::new).toList();
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
            && secret.getEncoded().length == KeyFile.KEY_BYTES) {
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
