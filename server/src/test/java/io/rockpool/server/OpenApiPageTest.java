package io.rockpool.server;

import io.rockpool.server.http.CommittedFile;
import io.rockpool.server.http.OpenApi;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenApiPageTest {
  @TempDir Path folder;

  @Test
  void the_committed_description_is_the_one_of_the_routes() {
    try (var gateway = new GatewayDouble();
        var server = TestServer.on(folder, TestServer.ground(gateway))) {
      CommittedFile.assertCurrent(
          "docs/reference/openapi.json",
          OpenApi.document(Product.NAME, "v1", server.wiring.routes()),
          "./rockpool openapi > docs/reference/openapi.json");
    }
  }
}
