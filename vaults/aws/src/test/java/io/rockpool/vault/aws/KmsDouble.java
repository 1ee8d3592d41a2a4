package io.rockpool.vault.aws;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * AWS KMS as its API reference describes Encrypt and Decrypt (JSON 1.1, {@code X-Amz-Target:
 * TrentService.…}, Signature Version 4). It refuses what the real one refuses: a wrong signature,
 * an unknown or disabled key, a ciphertext of another key or for another encryption context.
 */
final class KmsDouble implements AutoCloseable {
  static final String ARN =
      "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
  static final String OTHER_ARN =
      "arn:aws:kms:eu-central-1:111122223333:key/99999999-12ab-34cd-56ef-1234567890ab";
  static final String ACCESS_KEY = "AKIDEXAMPLE";
  static final String SECRET_KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

  private static final JsonMapper JSON = JsonMapper.shared();
  private static final Pattern AUTHORIZATION =
      Pattern.compile(
          "AWS4-HMAC-SHA256 Credential=([^/]+)/([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})");

  final Queue<JsonNode> asked = new ConcurrentLinkedQueue<>();
  private final SecretKeySpec key = new SecretKeySpec(random(32), "AES");
  private final HttpServer server;
  private volatile boolean enabled = true;

  KmsDouble() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext("/", this::answer);
    server.start();
  }

  URI address() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  void disable() {
    enabled = false;
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      var body = exchange.getRequestBody().readAllBytes();
      if (!isSigned(exchange, body)) {
        refuse(exchange, "InvalidSignatureException");
        return;
      }
      var request = JSON.readTree(body);
      asked.add(request);
      var keyId = request.path("KeyId").asString("");
      if (!keyId.equals(ARN) && !keyId.equals(OTHER_ARN)) {
        refuse(exchange, "NotFoundException");
      } else if (!enabled) {
        refuse(exchange, "DisabledException");
      } else {
        switch (header(exchange, "X-Amz-Target")) {
          case "TrentService.Encrypt" -> encrypt(exchange, request, keyId);
          case "TrentService.Decrypt" -> decrypt(exchange, request, keyId);
          default -> refuse(exchange, "UnknownOperationException");
        }
      }
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  private void encrypt(HttpExchange exchange, JsonNode request, String keyId)
      throws IOException, GeneralSecurityException {
    var text = Base64.getDecoder().decode(request.path("Plaintext").asString());
    if (text.length < 1 || text.length > 4096) {
      refuse(exchange, "ValidationException");
      return;
    }
    var nonce = random(12);
    var sealed = cipher(Cipher.ENCRYPT_MODE, nonce, request, keyId).doFinal(text);
    var blob = Arrays.copyOf(nonce, nonce.length + sealed.length);
    System.arraycopy(sealed, 0, blob, nonce.length, sealed.length);
    send(
        exchange,
        200,
        JSON.createObjectNode()
            .put("CiphertextBlob", Base64.getEncoder().encodeToString(blob))
            .put("KeyId", keyId)
            .put("EncryptionAlgorithm", "SYMMETRIC_DEFAULT"));
  }

  private void decrypt(HttpExchange exchange, JsonNode request, String keyId)
      throws IOException, GeneralSecurityException {
    var blob = Base64.getDecoder().decode(request.path("CiphertextBlob").asString());
    if (blob.length < 28) {
      refuse(exchange, "InvalidCiphertextException");
      return;
    }
    try {
      var text =
          cipher(Cipher.DECRYPT_MODE, Arrays.copyOf(blob, 12), request, keyId)
              .doFinal(blob, 12, blob.length - 12);
      send(
          exchange,
          200,
          JSON.createObjectNode()
              .put("Plaintext", Base64.getEncoder().encodeToString(text))
              .put("KeyId", keyId));
    } catch (AEADBadTagException e) {
      refuse(exchange, "InvalidCiphertextException");
    }
  }

  private Cipher cipher(int mode, byte[] nonce, JsonNode request, String keyId)
      throws GeneralSecurityException {
    var cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, key, new GCMParameterSpec(128, nonce));
    cipher.updateAAD((keyId + request.path("EncryptionContext")).getBytes(UTF_8));
    return cipher;
  }

  /** Signature Version 4, as its documentation computes it. */
  private static boolean isSigned(HttpExchange exchange, byte[] body)
      throws GeneralSecurityException {
    var parts = AUTHORIZATION.matcher(header(exchange, "Authorization"));
    if (!parts.matches() || !parts.group(1).equals(ACCESS_KEY)) {
      return false;
    }
    var scope = parts.group(2);
    var headers = new TreeMap<String, String>();
    for (var name : List.of(parts.group(3).split(";"))) {
      headers.put(name, header(exchange, name).strip());
    }
    var canonical =
        "%s\n%s\n\n%s\n%s\n%s"
            .formatted(
                exchange.getRequestMethod(),
                exchange.getRequestURI().getRawPath(),
                headers.entrySet().stream()
                    .map(it -> it.getKey() + ":" + it.getValue() + "\n")
                    .collect(Collectors.joining()),
                String.join(";", headers.keySet()),
                hash(body));
    var text =
        "AWS4-HMAC-SHA256\n%s\n%s\n%s"
            .formatted(header(exchange, "X-Amz-Date"), scope, hash(canonical.getBytes(UTF_8)));
    byte[] signing = ("AWS4" + SECRET_KEY).getBytes(UTF_8);
    for (var part : scope.split("/", -1)) {
      signing = mac(signing, part);
    }
    return HexFormat.of().formatHex(mac(signing, text)).equals(parts.group(4));
  }

  private static byte[] mac(byte[] key, String text) throws GeneralSecurityException {
    var mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(text.getBytes(UTF_8));
  }

  private static String hash(byte[] bytes) throws GeneralSecurityException {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  private static String header(HttpExchange exchange, String name) {
    var value = exchange.getRequestHeaders().getFirst(name);
    return value == null ? "" : value;
  }

  private static byte[] random(int length) {
    var bytes = new byte[length];
    new SecureRandom().nextBytes(bytes);
    return bytes;
  }

  private static void refuse(HttpExchange exchange, String type) throws IOException {
    send(exchange, 400, JSON.createObjectNode().put("__type", type).put("message", "refused"));
  }

  private static void send(HttpExchange exchange, int status, JsonNode body) throws IOException {
    var bytes = JSON.writeValueAsBytes(body);
    exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.1");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
