package io.rockpool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HelpTest {
  @TempDir Path home;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "instances",
        "instances list",
        "instances create",
        "instances get",
        "instances delete",
        "instances start",
        "instances stop",
        "instances restart",
        "instances logs",
        "instances events",
        "instances config get",
        "instances config patch",
        "chat",
        "usage",
        "budget",
        "budget show",
        "budget set",
        "budget remove",
        "quota",
        "quota show",
        "quota set",
        "quota remove",
        "keys",
        "keys list",
        "keys create",
        "keys revoke",
        "keys rotate",
        "channels",
        "channels list",
        "channels connect",
        "channels test",
        "channels disconnect",
        "channels pairings",
        "channels approve",
        "subscription",
        "subscription show",
        "subscription begin",
        "subscription end",
        "expiry",
        "expiry show",
        "expiry set",
        "expiry auto-renew",
        "expiry remove",
        "models",
        "models prices",
        "models price",
        "providers",
        "providers list",
        "providers set",
        "providers test",
        "providers delete",
        "vault",
        "vault status",
        "vault rotate",
        "vault shred",
        "webhooks",
        "webhooks add",
        "webhooks list",
        "webhooks show",
        "webhooks change",
        "webhooks remove",
        "webhooks rotate",
        "webhooks test",
        "webhooks attempts",
        "webhooks replay",
        "models rates",
        "models rate",
        "completion"
      })
  void every_command_helps_with_an_example(String command) {
    var ran = new Shell(home).run((command + " --help").split(" ", -1));

    assertThat(ran.code()).isZero();
    assertThat(ran.out()).startsWith("Usage: rockpool " + command).contains("Example: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "instances",
        "chat",
        "budget",
        "keys",
        "channels",
        "subscription",
        "expiry",
        "models",
        "providers",
        "vault",
        "webhooks"
      })
  void help_lists_the_exit_codes(String command) {
    assertThat(new Shell(home).run(command, "--help").out())
        .contains("5     not ready in time", "130   interrupted");
  }
}
