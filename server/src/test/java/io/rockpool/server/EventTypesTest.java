package io.rockpool.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import io.rockpool.control.webhook.EventTypes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Whoever gives events a new kind decides what it is called outside, or that it is not told. */
@AnalyzeClasses(
    packages = {"io.rockpool.control", "io.rockpool.server", "io.rockpool.edge"},
    importOptions = ImportOption.DoNotIncludeTests.class)
class EventTypesTest {
  private static final Pattern KIND = Pattern.compile("[A-Z][a-z]+([A-Z][a-z]+)*");

  /** Where kinds go: methods that say them, and values that carry them there. */
  private static final Set<String> SAYING =
      Set.of(
          "io/rockpool/control/event/Events.append",
          "io/rockpool/control/reconcile/Journal.say",
          "io/rockpool/control/reconcile/Journal.await",
          "io/rockpool/control/reconcile/Decision$Step$Wait.<init>",
          "io/rockpool/control/billing/Dunning$Word.<init>",
          "io/rockpool/control/channel/ConnectionStore$Said.<init>");

  /** They pass on a kind that another one says. */
  private static final Set<String> PASSING =
      Set.of(
          "io/rockpool/control/event/Events.append",
          "io/rockpool/control/reconcile/Journal.say",
          "io/rockpool/control/reconcile/Journal.await",
          "io/rockpool/control/reconcile/Pass.step",
          "io/rockpool/control/channel/ConnectionStore.say",
          "io/rockpool/control/billing/Reviews.tell",
          "io/rockpool/control/billing/Reviews.review");

  /** Reasons of conditions and of sleep, in methods that say events, too. */
  private static final Set<String> REASONS = Set.of("Answering", "Asked", "GivenUp");

  @ArchTest
  static void every_kind_that_is_said_has_a_type_or_is_kept_inside(JavaClasses classes) {
    var unknown = new TreeSet<String>();
    var silent = new TreeSet<String>();
    var said = new TreeSet<String>();
    for (var type : classes) {
      methods(type)
          .filter(EventTypesTest::says)
          .forEach(method -> {
            var kinds = kinds(method).toList();
            said.addAll(kinds);
            kinds.stream().filter(it -> !EventTypes.isKnown(it)).forEach(unknown::add);
            var name = name(type, method);
            if (kinds.isEmpty() && !PASSING.contains(name)) {
              silent.add(name);
            }
          });
    }

    assertThat(unknown).as("kinds of events that EventTypes does not know").isEmpty();
    assertThat(silent).as("whoever says events of kinds that this test does not see").isEmpty();
    assertThat(said)
        .contains("Created", "Running", "Failed", "BackingOff", "Paid", "Expired", "BudgetSpent")
        .contains("Destroyed", "DeliveryDead", "TokensUsedUp", "PaymentFailed", "DataKeptUntil");
  }

  private static Stream<MethodModel> methods(JavaClass type) {
    var source = type.getSource().orElseThrow().getUri();
    try (var bytes = source.toURL().openStream()) {
      return ClassFile.of().parse(bytes.readAllBytes()).methods().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean says(MethodModel method) {
    return method.code().stream()
        .flatMap(code -> code.elementStream())
        .anyMatch(it ->
            it instanceof InvokeInstruction call
                && SAYING.contains(
                    call.owner().asInternalName() + "." + call.name().stringValue()));
  }

  /** Every text in the method that could be one. */
  private static Stream<String> kinds(MethodModel method) {
    return method.code().stream()
        .flatMap(code -> code.elementStream())
        .filter(ConstantInstruction.LoadConstantInstruction.class::isInstance)
        .map(it -> ((ConstantInstruction.LoadConstantInstruction) it).constantValue())
        .filter(it -> it instanceof String text && KIND.matcher(text).matches())
        .map(String.class::cast)
        .filter(it -> !REASONS.contains(it));
  }

  /** Of the method that a lambda stands in, too. */
  private static String name(JavaClass type, MethodModel method) {
    var name = method.methodName().stringValue().replaceFirst("^lambda\\$([^$]+)\\$.*", "$1");
    return type.getName().replace('.', '/') + "." + name;
  }
}
