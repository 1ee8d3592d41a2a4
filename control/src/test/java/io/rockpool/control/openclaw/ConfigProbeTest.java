package io.rockpool.control.openclaw;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.reconcile.FilesProbe.Answer;
import io.rockpool.runtime.Limits;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

class ConfigProbeTest {
  private static final RenderedConfig CONFIG = Given.rendered(List.of(), "{}", "{}");
  private static final RenderedConfig OTHER =
      Given.rendered(List.of(), "{}", "{tools:{profile:'minimal'}}");

  private final Gateway gateway = Gateway.overHttp();
  private final ConfigProbe probe = new ConfigProbe(gateway, _ -> Given.KEYS.password());

  @AfterEach
  void close() {
    gateway.close();
  }

  @Test
  void a_gateway_works_by_its_file_when_both_revisions_are_the_same() throws Exception {
    var shown = OpenClawConfig.parse(CONFIG);
    ((ObjectNode) shown.at("/gateway/auth/password")).put("id", GatewayConfig.HIDDEN);
    shown.put("secrets", GatewayConfig.HIDDEN);

    assertThat(asked(200, answer(shown, true, "r2", "r2"))).isEqualTo(Answer.TAKEN);
  }

  @Test
  void a_gateway_that_has_read_its_file_may_still_work_by_the_old_one() throws Exception {
    var shown = OpenClawConfig.parse(CONFIG);

    assertThat(asked(200, answer(shown, true, "r2", "r1"))).isEqualTo(Answer.NOT_YET);
    assertThat(asked(200, answer(shown, true, "r2", null))).isEqualTo(Answer.NOT_YET);
  }

  @Test
  void a_gateway_that_has_not_read_its_file_works_by_the_old_one() throws Exception {
    var shown = OpenClawConfig.parse(OTHER);

    assertThat(asked(200, answer(shown, true, "r1", "r1"))).isEqualTo(Answer.NOT_YET);
  }

  @Test
  void what_a_gateway_finds_wrong_is_not_waited_for() throws Exception {
    var shown = OpenClawConfig.parse(CONFIG);

    assertThat(asked(200, answer(shown, false, "r2", "r1"))).isEqualTo(Answer.UNKNOWN);
  }

  @Test
  void a_gateway_that_cannot_tell_is_no_reason_to_wait() throws Exception {
    assertThat(asked(404, "Not Found")).isEqualTo(Answer.UNKNOWN);
    assertThat(asked(200, "{\"ok\":true,\"payload\":{}}")).isEqualTo(Answer.UNKNOWN);
    assertThat(asked(200, "<html>")).isEqualTo(Answer.UNKNOWN);
  }

  @Test
  void nobody_else_learns_the_configuration() throws Exception {
    try (var server = new ScriptedGateway((_, out, _) -> ScriptedGateway.json(out, 404, ""))) {
      probe.ask(server.uri(), OpenClawLaunch.spec(Given.ADA, 1, CONFIG, limits()));

      var request = server.received();
      assertThat(request.line()).isEqualTo("POST /api/v1/admin/rpc HTTP/1.1");
      assertThat(request.headers())
          .containsEntry("authorization", "Bearer " + Given.KEYS.password().reveal());
      assertThat(request.body()).contains("config.get");
    }
  }

  private Answer asked(int status, String body) throws IOException {
    try (var server = new ScriptedGateway((_, out, _) -> ScriptedGateway.json(out, status, body))) {
      return probe.ask(server.uri(), OpenClawLaunch.spec(Given.ADA, 1, CONFIG, limits()));
    }
  }

  private static Limits limits() {
    return new Limits(1L << 30, 2_000, 256);
  }

  private static String answer(
      ObjectNode shown, boolean valid, String revision, @Nullable String applied) {
    var answer = Json.object("{}").put("id", "1").put("ok", true);
    answer
        .putObject("payload")
        .put("valid", valid)
        .put("configRevisionHash", revision)
        .put("appliedConfigHash", applied)
        .set("parsed", shown);
    return answer.toString();
  }
}
