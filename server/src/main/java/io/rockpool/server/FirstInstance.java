package io.rockpool.server;

import io.rockpool.cli.Environment;
import io.rockpool.control.account.Accounts;
import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.Goal;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.Instances.Taken;
import io.rockpool.control.instance.NewInstance;
import io.rockpool.control.instance.Phase;
import io.rockpool.runtime.InstanceId;
import io.rockpool.server.instance.MessageRoutes;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The instance {@code hello}: made on the first start, and greeted on every one. */
final class FirstInstance {
  private static final InstanceId HELLO = new InstanceId("hello");
  private static final Actor ADMIN = new Actor.Operator(Accounts.ADMIN);
  private static final Duration TURN = Duration.ofSeconds(1);

  private final Wiring wiring;
  private final Environment environment;

  FirstInstance(Wiring wiring, Environment environment) {
    this.wiring = wiring;
    this.environment = environment;
  }

  void greet() throws InterruptedException {
    if (wiring.isFirstStart(HELLO)) {
      create();
    }
    var instance = wiring.instances().find(ADMIN, HELLO);
    if (instance.isEmpty() || instance.get().wanted().goal() != Goal.RUNNING) {
      return;
    }
    if (isRunning()) {
      say();
    }
  }

  private void create() {
    var wish = new NewInstance("hello", null, null, List.of(), "{}", null);
    if (wiring.instances().create(ADMIN, Accounts.ADMIN, HELLO, wish)
        instanceof Taken.Refused(var complaints)) {
      complaints.forEach(it -> environment.err().println("hello: " + it.message()));
    }
  }

  /** Follows it on its way up; says on stderr how far it is. */
  private boolean isRunning() throws InterruptedException {
    var after = wiring.events().newest(HELLO);
    var shown = Math.max(0, after - 1);
    while (true) {
      for (var event : wiring.events().await(HELLO, shown, 100, TURN)) {
        shown = event.id();
        var progress = event.progress();
        environment
            .err()
            .println(
                progress == null
                    ? "         " + event.message()
                    : "  [%3d%%] %s".formatted(progress, event.message()));
      }
      var instance = wiring.instances().find(ADMIN, HELLO);
      switch (instance.map(Instance::status).map(it -> it.phase()).orElse(Phase.DELETING)) {
        case RUNNING -> {
          instance.ifPresent(this::warn);
          return true;
        }
        case PROVISIONING -> {}
        case DOZING, STOPPED -> {
          if (instance.filter(Instance::wakes).isEmpty()) {
            environment
                .err()
                .println("hello was stopped; start it: ./rockpool instances start hello");
            return false;
          }
          wiring.instances().start(ADMIN, HELLO); // it slept when the server ended
        }
        case FAILED, ARCHIVED, DELETING -> {
          environment.err().println("hello does not run; see: ./rockpool instances get hello");
          return false;
        }
      }
    }
  }

  /** What this host could not give it. */
  private void warn(Instance instance) {
    instance.status().conditions().stream()
        .filter(it -> !it.status())
        .forEach(
            it -> environment.err().println("warning: %s: %s".formatted(it.type(), it.message())));
  }

  private void say() {
    var say = new MessageRoutes.Say(HELLO.value(), "Hello! Who are you?", Optional.of("hello"));
    switch (wiring.messages().ask(ADMIN, say, _ -> {})) {
      case MessageRoutes.Result.Answered(var said) ->
          environment.out().println("hello> " + said.reply().strip().replace("\n", "\n       "));
      case MessageRoutes.Result.Failed(var problem) ->
          environment.err().println("hello: " + problem.detail());
    }
    environment
        .err()
        .println(
            "Talk to it: ./rockpool chat hello, or open %s/i/hello/".formatted(wiring.publicUrl()));
    environment.out().flush();
  }
}
