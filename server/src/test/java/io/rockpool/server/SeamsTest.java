package io.rockpool.server;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.rockpool.runtime.Secret;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.util.ServiceLoader;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What may know what. A seam that this test breaks at is in the wrong place, or the change is. */
@AnalyzeClasses(
    packages = "io.rockpool",
    importOptions = {ImportOption.DoNotIncludeTests.class, SeamsTest.NoTestKit.class})
class SeamsTest {
  /** The contracts and fakes of the seams are tests that are shipped. */
  static final class NoTestKit implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return Stream.of("/runtime/tck/", "/payment/tck/", "/channel/tck/")
          .noneMatch(location::contains);
    }
  }

  @ArchTest
  static final ArchRule control_knows_no_driver_and_no_web_framework =
      noClasses()
          .that()
          .resideInAPackage("io.rockpool.control..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.rockpool.runtime.process..",
              "io.rockpool.server..",
              "io.rockpool.edge..",
              "io.rockpool.cli..",
              "org.eclipse.jetty..")
          .because("dependencies point inward: the domain is tested without any of these");

  @ArchTest
  static final ArchRule drivers_know_only_the_seam =
      noClasses()
          .that()
          .resideInAPackage("io.rockpool.runtime..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.rockpool.control..",
              "io.rockpool.server..",
              "io.rockpool.edge..",
              "io.rockpool.cli..")
          .because("a driver is a folder of its own: nothing of it changes with the rest");

  @ArchTest
  static final ArchRule keepers_of_master_keys_know_only_the_vault =
      noClasses()
          .that()
          .resideInAPackage("io.rockpool.vault..")
          .should()
          .dependOnClassesThat(
              resideInAPackage("io.rockpool..")
                  .and(
                      not(
                          resideInAnyPackage(
                              "io.rockpool.vault..", "io.rockpool.control.vault.."))))
          .because(
              "a cloud's key service is a folder of its own: nothing of it changes with the rest");

  @ArchTest
  static final ArchRule payment_providers_know_only_their_seam =
      noClasses()
          .that()
          .resideInAPackage("io.rockpool.payment..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.rockpool.control..",
              "io.rockpool.server..",
              "io.rockpool.edge..",
              "io.rockpool.cli..")
          .because("a provider is a folder of its own: nothing of it changes with the rest");

  @ArchTest
  static final ArchRule only_one_folder_knows_stripe =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.rockpool.payment.stripe..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("com.stripe..", "io.rockpool.payment.stripe..")
          .because("the next provider must not need this one");

  @ArchTest
  static final ArchRule channels_know_only_their_seam =
      noClasses()
          .that()
          .resideInAPackage("io.rockpool.channel..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.rockpool.control..",
              "io.rockpool.server..",
              "io.rockpool.edge..",
              "io.rockpool.cli..",
              "org.eclipse.jetty..")
          .because("a chat platform is a folder of its own: nothing of it changes with the rest");

  @ArchTest
  static final ArchRule no_channel_knows_another =
      slices().matching("io.rockpool.channel.(*)..").should().notDependOnEachOther();

  @ArchTest
  static final ArchRule nobody_knows_one_channel =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.rockpool.channel..")
          .or()
          .resideInAPackage("io.rockpool.channel")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.rockpool.channel.*..")
          .because("the next platform must not need this one");

  @ArchTest
  static final ArchRule the_seam_knows_no_driver =
      noClasses()
          .that()
          .resideInAPackage("io.rockpool.runtime")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.rockpool.runtime.process..")
          .because("the next driver must not need this one");

  @ArchTest
  static final ArchRule the_edge_knows_no_server =
      noClasses()
          .that()
          .resideInAPackage("io.rockpool.edge..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.rockpool.server..", "io.rockpool.cli..", "io.rockpool.runtime.process..")
          .because("the data plane can run as a process of its own");

  @ArchTest
  static final ArchRule the_client_knows_only_the_api =
      noClasses()
          .that()
          .resideInAPackage("io.rockpool.cli..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.rockpool.control..",
              "io.rockpool.server..",
              "io.rockpool.edge..",
              "io.rockpool.runtime.process..",
              "org.eclipse.jetty..")
          .because("it speaks to servers of other versions, over HTTP");

  @ArchTest
  static final ArchRule paper_is_made_in_one_place =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.rockpool.statement..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.pdfbox..", "org.apache.fontbox..")
          .because("a heavy library stays behind its seam");

  @ArchTest
  static final ArchRule paper_knows_only_the_domain =
      noClasses()
          .that()
          .resideInAPackage("io.rockpool.statement..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.rockpool.server..",
              "io.rockpool.edge..",
              "io.rockpool.cli..",
              "io.rockpool.runtime.process..",
              "org.eclipse.jetty..")
          .because("it is handed a statement and gives bytes");

  @ArchTest
  static final ArchRule features_of_the_domain_have_an_order =
      slices().matching("io.rockpool.control.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule names_say_what_a_thing_is =
      classes()
          .should()
          .haveNameNotMatching(
              ".*(Manager|Helper|Utils?|Impl|Processor|Service|Data|Info)$"
                  + "|.*[.$](Abstract|Base)[A-Z].*")
          .because("such a name fits anything, so it tells nothing");

  @ArchTest
  static final ArchRule time_is_a_parameter =
      noClasses()
          .that()
          .doNotHaveFullyQualifiedName(Main.class.getName())
          .should()
          .callMethod(Instant.class, "now")
          .orShould()
          .callMethod(InstantSource.class, "system")
          .orShould()
          .callMethod(Clock.class, "systemUTC")
          .orShould()
          .callMethod(Clock.class, "systemDefaultZone")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .dependOnClassesThat()
          .areAssignableTo(LocalDateTime.class)
          .because("a test moves its own clock");

  @ArchTest
  static final ArchRule only_commands_print =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.rockpool.cli..")
          .and()
          .doNotHaveFullyQualifiedName(RockpoolCommand.class.getName())
          .should()
          .accessField(System.class, "out")
          .orShould()
          .accessField(System.class, "err")
          .because("a library's words go to its log, where an operator finds them");

  @ArchTest
  static final ArchRule services_are_loaded_where_a_server_is_put_together =
      noClasses()
          .that()
          .doNotHaveFullyQualifiedName(RockpoolCommand.class.getName())
          .and()
          .doNotHaveFullyQualifiedName(Wiring.class.getName())
          .should()
          .dependOnClassesThat()
          .areAssignableTo(ServiceLoader.class)
          .because("who calls this? is answered by the constructor");

  @ArchTest
  static void every_package_says_what_may_be_null(JavaClasses classes) {
    assertThat(
            classes.stream()
                .map(JavaClass::getPackage)
                .distinct()
                .filter(it -> !it.isAnnotatedWith("org.jspecify.annotations.NullMarked"))
                .map(it -> it.getName()))
        .as("packages without @NullMarked in their package-info.java")
        .isEmpty();
  }

  @ArchTest
  static void secrets_are_revealed_only_here(JavaClasses classes) {
    var callers =
        Stream.concat(
                classes.get(Secret.class).getMethod("reveal").getCallsOfSelf().stream(),
                classes.get(Secret.class).getMethod("reveal").getReferencesToSelf().stream())
            .map(it -> outermost(it.getOriginOwner()))
            .collect(Collectors.toCollection(TreeSet::new));

    assertThat(callers)
        .as("a new caller is listed here after a look at where the value goes")
        .containsExactly(
            "channel.Pair",
            "channel.discord.DiscordBot",
            "channel.discord.Signature",
            "channel.generic.Envelope",
            "channel.generic.FeishuBot",
            "channel.generic.LineBot",
            "channel.generic.LineChannel",
            "channel.generic.SchemeReceiver",
            "channel.generic.Signature",
            "channel.slack.Signature",
            "channel.slack.SlackBot",
            "channel.telegram.TelegramBot",
            "channel.telegram.TelegramReceiver",
            "cli.Api",
            "control.account.Accounts",
            "control.channel.ChatAccounts",
            "control.channel.ConnectionSecrets",
            "control.channel.PublicAddress",
            "control.model.ClientKeys",
            "control.openclaw.ChatConfig",
            "control.openclaw.GatewayKeys",
            "control.openclaw.GatewaySocket",
            "control.openclaw.HttpGateway",
            "control.openclaw.OpenClawConfig",
            "control.store.Database",
            "control.vault.MasterKey",
            "control.vault.Vault",
            "control.webhook.Signature",
            "edge.EdgeHeaders",
            "edge.model.ProviderClient",
            "payment.stripe.StripeOpener",
            "payment.stripe.StripeWebhook",
            "runtime.process.ManagedFiles",
            "server.RockpoolCommand",
            "server.account.TokenRoutes",
            "server.channel.ChannelRoutes",
            "server.door.BrowserSessions",
            "server.door.EdgeProbe",
            "server.door.Tokens",
            "server.door.VirtualKeys",
            "server.model.KeyRoutes",
            "server.webhook.WebhookRoutes");
  }

  /** Those of other modules too, where they are built. */
  @ArchTest
  static void no_test_sleeps(JavaClasses mainClasses) {
    var tests =
        Stream.of(
                "runtimes/tck",
                "runtimes/process",
                "payments/stripe",
                "channels/tck",
                "channels/telegram",
                "channels/slack",
                "channels/discord",
                "channels/generic",
                "channels/whatsapp",
                "control",
                "statements",
                "edge",
                "cli",
                "server")
            .flatMap(it ->
                Stream.of("classes", "test-classes").map(kind -> Path.of("..", it, "target", kind)))
            .filter(it ->
                it.endsWith("test-classes")
                    || it.startsWith("../runtimes/tck")
                    || it.startsWith("../channels/tck"))
            .filter(Files::isDirectory)
            .toList();

    noClasses()
        .should()
        .callMethod(Thread.class, "sleep", long.class)
        .orShould()
        .callMethod(Thread.class, "sleep", Duration.class)
        .because("a test waits for what it wants to see")
        .check(new ClassFileImporter().importPaths(tests));
  }

  private static String outermost(JavaClass type) {
    return type.getEnclosingClass()
        .map(SeamsTest::outermost)
        .orElseGet(() -> type.getName().replace("io.rockpool.", ""));
  }
}
