package io.rockpool.channel.tck;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * A certificate that nobody has signed, for doubles of platforms that are reached by https only.
 *
 * @param tls for who answers
 * @param pem a file with it, for who asks and is to trust it
 * @param store with it and its key
 */
public record Certificate(SSLContext tls, Path pem, Path store) {
  private static final String PASSWORD = "changeit";

  /**
   * @param folder where it is kept
   * @param host beside 127.0.0.1
   */
  public static Certificate of(Path folder, String host)
      throws IOException, InterruptedException, GeneralSecurityException {
    var store = folder.resolve("certificate.p12");
    var pem = folder.resolve("certificate.pem");
    keytool(
        store,
        List.of(
            "-genkeypair",
            "-keyalg",
            "EC",
            "-dname",
            "CN=double",
            "-ext",
            "bc=ca:true",
            "-ext",
            "san=ip:127.0.0.1,dns:" + host));
    keytool(store, List.of("-exportcert", "-rfc", "-file", pem.toString()));
    var keys = KeyStore.getInstance("PKCS12");
    try (var file = Files.newInputStream(store)) {
      keys.load(file, PASSWORD.toCharArray());
    }
    var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, PASSWORD.toCharArray());
    var tls = SSLContext.getInstance("TLS");
    tls.init(managers.getKeyManagers(), null, null);
    return new Certificate(tls, pem, store);
  }

  /** Options of a Java program that is to trust it, and nobody else. */
  public String javaOptions() {
    return "-Djavax.net.ssl.trustStore=%s -Djavax.net.ssl.trustStorePassword=%s -Djavax.net.ssl.trustStoreType=PKCS12"
        .formatted(store, PASSWORD);
  }

  private static void keytool(Path store, List<String> what)
      throws IOException, InterruptedException {
    var words = new ArrayList<String>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    words.addAll(what);
    words.addAll(
        List.of(
            "-alias",
            "double",
            "-storetype",
            "PKCS12",
            "-storepass",
            PASSWORD,
            "-keystore",
            store.toString()));
    var done =
        new ProcessBuilder(words)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (done.waitFor() != 0) {
      throw new AssertionError("keytool failed: %s".formatted(what));
    }
  }
}
