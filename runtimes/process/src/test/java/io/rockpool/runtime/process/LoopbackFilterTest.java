package io.rockpool.runtime.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The rules as text. That they hold is seen in {@link IsolationTest}. */
class LoopbackFilterTest {
  @Test
  void each_user_has_its_own_port_and_all_have_the_control_plane_what_is_named_and_the_resolver() {
    var rules =
        LoopbackFilter.ruleset(
            "rockpool_1234",
            3000,
            List.of(
                URI.create("http://127.0.0.1:8081"),
                URI.create("https://localhost/bots"),
                URI.create("https://api.telegram.org")),
            List.of(
                new LoopbackFilter.Neighbour(1_000_000, 19_100),
                new LoopbackFilter.Neighbour(1_000_001, 19_101)),
            List.of("127.0.0.53"));

    assertThat(rules)
        .isEqualTo(
            """
            table inet rockpool_1234 {}
            delete table inet rockpool_1234
            table inet rockpool_1234 {
              set instances { type uid; elements = { 1000000, 1000001 }; }
              set own { type uid . inet_service; elements = { 1000000 . 19100, 1000001 . 19101 }; }
              chain out {
                type filter hook output priority filter; policy accept;
                oifname "lo" meta skuid @instances jump guarded
              }
              chain guarded {
                meta skuid . tcp dport @own accept
                tcp dport 3000 accept
                ip daddr 127.0.0.1 tcp dport 8081 accept
                ip daddr 127.0.0.1 tcp dport 443 accept
                ip6 daddr ::1 tcp dport 443 accept
                ip daddr 127.0.0.53 meta l4proto { tcp, udp } th dport 53 accept
                tcp flags & (fin | syn | rst | ack) == syn reject with tcp reset
                meta l4proto tcp accept
                reject
              }
            }
            """);
  }
}
