package io.rockpool.bench;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;

/** nginx in the foreground, from a configuration of its own. */
final class Nginx implements AutoCloseable {
  private final Program program;
  private final URI address;

  private Nginx(Program program, URI address) {
    this.program = program;
    this.address = address;
  }

  /** Answers every request with a short static JSON. */
  static Nginx upstream(Site site) throws IOException, InterruptedException {
    return start(
        site,
        1,
        "",
        """
        default_type application/json;
        location / { return 200 '{"object":"list","data":[{"id":"openclaw/default","object":"model"}]}'; }
        """);
  }

  /** Passes every request on, over connections that it keeps. */
  static Nginx proxy(Site site, URI to) throws IOException, InterruptedException {
    return start(
        site,
        2,
        "upstream gateway { server %s; keepalive 128; keepalive_requests 1000000000; }"
            .formatted(to.getAuthority()),
        """
        location / {
          proxy_pass http://gateway;
          proxy_http_version 1.1;
          proxy_set_header Connection "";
          proxy_buffering off;
        }
        """);
  }

  private static Nginx start(Site site, int workers, String http, String server)
      throws IOException, InterruptedException {
    var folder = Files.createTempDirectory(site.temp(), "nginx");
    int port = Program.freePort();
    var temporary =
        List.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi").stream()
            .map(it -> "%s_temp_path %s/%s;".formatted(it, folder, it))
            .reduce("", String::concat);
    Files.writeString(
        folder.resolve("nginx.conf"),
        """
        daemon off;
        worker_processes %d;
        pid %s/nginx.pid;
        error_log stderr;
        events { worker_connections 4096; }
        http {
          access_log off;
          keepalive_requests 1000000000;
          %s
          %s
          server {
            listen 127.0.0.1:%d;
            %s
          }
        }
        """
            .formatted(workers, folder, temporary, http, port, server));
    var program =
        Program.start(
            folder.resolve("log"),
            System.getenv(),
            List.of(
                "nginx", "-p", folder.toString(), "-e", "stderr", "-c", folder + "/nginx.conf"));
    program.await(Duration.ofMillis(20), Duration.ofSeconds(10), () -> Program.listens(port));
    return new Nginx(program, URI.create("http://127.0.0.1:" + port));
  }

  URI address() {
    return address;
  }

  Program program() {
    return program;
  }

  @Override
  public void close() {
    program.close();
  }
}
