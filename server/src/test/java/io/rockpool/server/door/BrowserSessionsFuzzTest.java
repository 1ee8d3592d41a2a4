package io.rockpool.server.door;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.rockpool.control.account.Actor;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Tag;

@Tag("fuzz")
class BrowserSessionsFuzzTest {
  private static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");
  private static final InstanceId ADA = new InstanceId("ada");
  private static final InstanceId BOB = new InstanceId("bob");
  private static final BrowserSessions SESSIONS =
      new BrowserSessions(Secret.of("a key for tests"), () -> NOW);

  /**
   * All that was ever handed out and still holds. The seeds are these, and others' that must not
   * pass.
   */
  private static final Map<String, Actor> ADAS =
      Map.of(
          SESSIONS.cookieFor(new Actor.User("eve"), ADA), new Actor.User("eve"),
          SESSIONS.cookieFor(new Actor.Operator("admin"), ADA), new Actor.Operator("admin"));

  @DictionaryEntries({"user.", "operator.", ".eve.", "admin", "999999999999", "rockpool."})
  @FuzzTest(maxDuration = "1m")
  void no_cookie_is_believed_that_was_not_handed_out_for_this_instance(byte[] sent) {
    var cookie = new String(sent, StandardCharsets.UTF_8);

    var actor = SESSIONS.actor(cookie, ADA);

    assertThat(actor.orElse(null)).isEqualTo(ADAS.get(cookie));
    assertThat(SESSIONS.actor(cookie, BOB)).isEmpty();
  }
}
