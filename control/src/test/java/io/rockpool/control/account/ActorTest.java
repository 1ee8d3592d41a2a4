package io.rockpool.control.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;

class ActorTest {
  @Test
  void a_user_may_see_what_is_their_own() {
    assertThat(new Actor.User("ada").maySee("ada")).isTrue();
    assertThat(new Actor.User("ada").maySee("bob")).isFalse();
  }

  @Test
  void the_operator_and_rockpool_itself_may_see_all() {
    assertThat(new Actor.Operator("admin").maySee("bob")).isTrue();
    assertThat(new Actor.Rockpool("test").maySee("bob")).isTrue();
  }

  @Test
  void where_nobody_was_bound_nobody_acts() {
    assertThatThrownBy(Actor::current).isInstanceOf(NoSuchElementException.class);
    assertThat(ScopedValue.where(Actor.CURRENT, new Actor.User("ada")).call(Actor::current))
        .isEqualTo(new Actor.User("ada"));
  }
}
