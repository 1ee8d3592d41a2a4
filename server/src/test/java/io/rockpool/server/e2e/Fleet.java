package io.rockpool.server.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.rockpool.control.store.Database;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * A server with two instances, hello and its neighbour, for all test classes that change neither.
 * Started for the first of them, ended after the last.
 */
final class Fleet implements AutoCloseable {
  /** Hands the fleet to constructors and methods of tests; skips them where it cannot be. */
  static final class Shared implements BeforeAllCallback, ParameterResolver {
    private static final ExtensionContext.Namespace PLACE =
        ExtensionContext.Namespace.create(Fleet.class);

    @Override
    public void beforeAll(ExtensionContext extension) {
      Host.has("npm", "bwrap");
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext extension) {
      return parameter.getParameter().getType() == Fleet.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext extension) {
      return extension
          .getRoot()
          .getStore(PLACE)
          .computeIfAbsent(Fleet.class, _ -> new Fleet(), Fleet.class);
    }
  }

  final Ground ground;
  final Ground.Up up;
  final Api api;

  /** The neighbour's id. */
  final String neighbour;

  /** The API as another account sees it, which owns nothing. */
  final Api stranger;

  private final Path folder;

  private Fleet() {
    try {
      folder = Files.createTempDirectory("rockpool-fleet");
      ground = new Ground(folder);
      Files.createDirectories(ground.home());
      // Tests look at processes, too, which shall not sleep meanwhile.
      Files.writeString(
          ground.home().resolve("config.yaml"),
          """
          plans:
            - {name: free, memory-megabytes: 1536, milli-cpus: 2000, processes: 256, never-sleeps: true}
          """);
      try {
        up = ground.up();
        var _ = up.greeting();
        api = ground.api();
        stranger = ground.api(strangersToken());
        neighbour = api.created("Neighbour", List.of());
      } catch (IOException | RuntimeException | Error e) {
        close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Straight into the store: accounts have no API. */
  private String strangersToken() {
    var token = "rp_a-token-of-somebody-else-0123456789";
    try (var database = Database.sqlite(ground.home().resolve("rockpool.db"))) {
      var hash = MessageDigest.getInstance("SHA-256").digest(token.getBytes(UTF_8));
      database
          .sql()
          .update(
              "INSERT INTO account (id, name, operator, created_at) VALUES ('eva', 'Eva', 0, 0)");
      database
          .sql()
          .update(
              "INSERT INTO api_token (hash, account_id, name, created_at) VALUES (?, 'eva', 'test', 0)",
              HexFormat.of().formatHex(hash));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
    return token;
  }

  @Override
  public void close() {
    ground.close();
    Host.delete(folder);
  }
}
