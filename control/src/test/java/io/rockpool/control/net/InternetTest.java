package io.rockpool.control.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.URI;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InternetTest {
  private final Internet internet =
      new Internet(List.of(Network.parse("20.30.0.0/16")), Set.of("rockpool.example"));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0177.0.0.1",
        "0x7f.0.0.1",
        "0x7f000001",
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "[::]",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:a9fe:a9fe]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[2001:0:1::1]",
        "[2001:db8::1]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[fe80::1%25eth0]",
        "[fec0::1]",
        "[ff02::1]",
        "metadata.google.internal",
        "METADATA.google.internal.",
        "metadata.tencentyun.com",
        "printer.local",
        "db",
        "127.0.0.1.",
        "example.com%00.internal",
        "a@127.0.0.1",
        "a@example.com",
        "rockpool.example",
        "eve.rockpool.example",
        "20.30.40.50",
        "exam ple.com",
        "example.com\\@127.0.0.1",
        "1.2.3.4.5",
        "999.1.1.1",
        "bücher.example",
        ""
      })
  void hosts_that_are_inside_or_odd_are_refused(String host) {
    assertThatThrownBy(() -> internet.url("https://" + host + "/v1"))
        .isInstanceOf(ForbiddenUrlException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "https://8.8.8.8/v1,https://8.8.8.8/v1",
    "https://1.1.1.1,https://1.1.1.1",
    "https://[2606:4700:4700::1111]/x,https://[2606:4700:4700::1111]/x",
    "HTTPS://API.Example.com./v1?a=b,https://api.example.com/v1?a=b",
    "https://xn--bcher-kva.example:8443/,https://xn--bcher-kva.example:8443/",
    "https://[64:ff9b::808:808]/,https://[64:ff9b::808:808]/"
  })
  void public_hosts_are_accepted_in_one_form(String text, URI url) {
    assertThat(internet.url(text)).isEqualTo(url);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://example.com/",
        "ftp://example.com/",
        "//example.com/",
        "https:/example.com/",
        "https://example.com:22/",
        "https://example.com:6379/",
        "https://example.com/#part",
        "https://user:secret@example.com/",
        "javascript:alert(1)",
        "https://example.com/\u0000"
      })
  void other_urls_are_refused(String text) {
    assertThatThrownBy(() -> internet.url(text))
        .isInstanceOf(ForbiddenUrlException.class)
        .hasMessageNotContaining("secret");
  }

  @Test
  void a_name_with_an_address_inside_is_refused_when_it_is_resolved() {
    assertThatThrownBy(() -> internet.addresses("localhost"))
        .isInstanceOf(ForbiddenUrlException.class);
  }

  @Test
  void this_machines_own_addresses_are_refused() throws Exception {
    assertThat(internet.isPublic(InetAddress.getLocalHost())).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "/8", "10.0.0.0/33", "10.0.0.0/-1", "::/129", "example.com/8", "10/x"})
  void networks_that_are_none_are_refused(String text) {
    assertThatThrownBy(() -> Network.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("10.0.0.0/8");
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8,10.255.1.2,true",
    "10.0.0.0/8,11.0.0.0,false",
    "172.16.0.0/12,172.31.255.255,true",
    "172.16.0.0/12,172.32.0.0,false",
    "0.0.0.0/0,1.2.3.4,true",
    "0.0.0.0/0,::1,false",
    "fc00::/7,fdff::1,true",
    "fc00::/7,fe00::1,false",
    "1.2.3.4,1.2.3.4,true",
    "1.2.3.4,1.2.3.5,false"
  })
  void a_network_holds_its_addresses(String network, String address, boolean expected)
      throws Exception {
    assertThat(Network.parse(network).holds(InetAddress.getByName(address))).isEqualTo(expected);
  }
}
