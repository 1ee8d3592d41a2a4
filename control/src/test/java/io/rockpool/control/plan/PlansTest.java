package io.rockpool.control.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
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
