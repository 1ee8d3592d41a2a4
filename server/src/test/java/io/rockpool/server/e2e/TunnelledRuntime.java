package io.rockpool.server.e2e;

import io.rockpool.runtime.InstanceFiles;
import io.rockpool.runtime.InstanceSpec;
import io.rockpool.runtime.RuntimeDriver;
import io.rockpool.runtime.RuntimeProvider;
import io.rockpool.runtime.process.ProcessDriver;
import io.rockpool.runtime.process.ProcessProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The process runtime, on a host whose way out is a proxy: what instances call by an address that
 * they know by heart comes to the doubles of a test, and they trust its certificate. For a server
 * with {@link #on its environment}.
 */
public final class TunnelledRuntime implements RuntimeProvider {
  static final String NAME = "tunnelled";

  private static final String PROXY = "DOUBLES_PROXY";
  private static final String CERTIFICATE = "DOUBLES_CERTIFICATE";
  private static final String TRUSTED = "doubles.pem";

  /**
   * Servers that are started from now on have this runtime, and run their instances by it.
   *
   * @param folder of this test's own
   * @param proxy to which instances connect
   * @param certificate in PEM, of who answers behind it
   */
  static void on(Ground ground, Path folder, URI proxy, Path certificate) throws IOException {
    var services = folder.resolve("runtime/META-INF/services");
    Files.createDirectories(services);
    Files.writeString(
        services.resolve(RuntimeProvider.class.getName()), TunnelledRuntime.class.getName());
    ground.set(
        "CLASSPATH", folder.resolve("runtime") + ":" + System.getProperty("java.class.path"));
    ground.set("ROCKPOOL_RUNTIME", NAME);
    ground.set(PROXY, proxy.toString());
    ground.set(CERTIFICATE, certificate.toString());
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public RuntimeDriver open(Setting setting) {
    var proxy = Objects.requireNonNull(System.getenv(PROXY));
    var reachable = new ArrayList<>(setting.reachable());
    reachable.add(URI.create(proxy));
    var driver =
        new ProcessProvider()
            .open(
                new Setting(
                    setting.home(),
                    setting.cache(),
                    setting.controlPlane(),
                    reachable,
                    setting.options(),
                    setting.clock()));
    var certificate = certificate();
    return (RuntimeDriver)
        Proxy.newProxyInstance(
            TunnelledRuntime.class.getClassLoader(),
            ProcessDriver.class.getInterfaces(),
            (_, method, arguments) -> {
              var given = Optional.ofNullable(arguments).orElseGet(() -> new Object[0]).clone();
              for (int i = 0; i < given.length; i++) {
                given[i] =
                    switch (given[i]) {
                      case InstanceSpec spec -> tunnelled(spec, proxy, certificate);
                      case InstanceFiles files -> trusting(files, certificate);
                      case Object other -> other;
                    };
              }
              try {
                return method.invoke(driver, given);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static InstanceSpec tunnelled(InstanceSpec spec, String proxy, String certificate) {
    var environment = new HashMap<>(spec.environment());
    environment.putAll(
        Map.of(
            "NODE_EXTRA_CA_CERTS",
            "{config}/" + TRUSTED,
            "NODE_USE_ENV_PROXY",
            "1",
            "HTTPS_PROXY",
            proxy,
            "NO_PROXY",
            "127.0.0.1"));
    return new InstanceSpec(
        spec.id(),
        spec.generation(),
        spec.command(),
        environment,
        trusting(spec.files(), certificate),
        spec.limits());
  }

  private static InstanceFiles trusting(InstanceFiles files, String certificate) {
    var config = new HashMap<>(files.config());
    config.put(TRUSTED, certificate);
    return new InstanceFiles(config, files.secrets(), files.seeds());
  }

  private static String certificate() {
    try {
      return Files.readString(Path.of(Objects.requireNonNull(System.getenv(CERTIFICATE))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
