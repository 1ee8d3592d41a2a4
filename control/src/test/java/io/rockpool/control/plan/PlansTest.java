package io.rockpool.control.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rockpool.control.usage.Allowance;
import io.rockpool.control.usage.Quota;
import io.rockpool.runtime.Limits;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class PlansTest {
  @Test
  void free_pro_and_enterprise_are_offered_in_this_order() {
    assertThat(Plans.DEFAULT.names()).containsExactly("free", "pro", "enterprise");
  }

  @Test
  void who_names_no_plan_gets_the_first() {
    assertThat(Plans.DEFAULT.standard().name()).isEqualTo("free");
  }

  @Test
  void a_plan_is_found_by_its_name_only() {
    assertThat(Plans.DEFAULT.named("pro")).get().extracting(Plan::name).isEqualTo("pro");
    assertThat(Plans.DEFAULT.named("Pro")).isEmpty();
    assertThat(Plans.DEFAULT.named("")).isEmpty();
  }

  @Test
  void a_plan_that_is_offered_no_more_grants_what_the_standard_plan_does() {
    var none = OptionalLong.empty();
    var once = new Allowance(Optional.empty(), new Quota(none, none, none, OptionalLong.of(1)));
    var limits = new Limits(1L << 30, 1_000, 256);
    var plans =
        new Plans(
            List.of(
                new Plan("free", limits, SleepPolicy.DEFAULT, once, null),
                new Plan("pro", limits, SleepPolicy.DEFAULT)));

    assertThat(plans.allowance("pro")).isEqualTo(Allowance.UNBOUND);
    assertThat(plans.allowance("gone")).isEqualTo(once);
  }

  @Test
  void each_plan_has_more_than_the_one_before() {
    var memory =
        Plans.DEFAULT.names().stream()
            .map(name -> Plans.DEFAULT.named(name).orElseThrow().limits().memoryBytes())
            .toList();

    assertThat(memory).isSorted().doesNotHaveDuplicates();
  }

  @Test
  void no_plans_at_all_is_a_mistake() {
    assertThatThrownBy(() -> new Plans(List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("plans is empty: offer at least one");
  }
}
