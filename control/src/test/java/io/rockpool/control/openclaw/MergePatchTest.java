package io.rockpool.control.openclaw;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ObjectNode;

class MergePatchTest {
  record Row(String name, String target, String patch, String expected) {
    @Override
    public String toString() {
      return name;
    }
  }

  // RFC 7396, appendix A, the rows whose three documents are objects.
  static final List<Row> rows =
      List.of(
          new Row("a value is replaced", "{a:'b'}", "{a:'c'}", "{a:'c'}"),
          new Row("a value is added", "{a:'b'}", "{b:'c'}", "{a:'b',b:'c'}"),
          new Row("null deletes", "{a:'b'}", "{a:null}", "{}"),
          new Row("null deletes only itself", "{a:'b',b:'c'}", "{a:null}", "{b:'c'}"),
          new Row("a list is replaced by a value", "{a:['b']}", "{a:'c'}", "{a:'c'}"),
          new Row("a value is replaced by a list", "{a:'c'}", "{a:['b']}", "{a:['b']}"),
          new Row("objects merge", "{a:{b:'c'}}", "{a:{b:'d',c:null}}", "{a:{b:'d'}}"),
          new Row("lists do not merge", "{a:[{b:'c'}]}", "{a:[1]}", "{a:[1]}"),
          new Row("null in the target stays", "{e:null}", "{a:1}", "{e:null,a:1}"),
          new Row("a new branch has no nulls", "{}", "{a:{bb:{ccc:null}}}", "{a:{bb:{}}}"),
          new Row("a value makes way for a branch", "{a:1}", "{a:{b:2}}", "{a:{b:2}}"));

  @ParameterizedTest
  @FieldSource("rows")
  void merges(Row row) {
    assertThat(MergePatch.apply(Json.object(row.target()), Json.object(row.patch())))
        .isEqualTo(Json.object(row.expected()));
  }

  record Case(ObjectNode target, ObjectNode patch) {}

  static Stream<Named<Case>> cases() {
    return Drawn.cases(
        500, random -> new Case(Json.drawn(random, false), Json.drawn(random, true)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void applying_twice_is_applying_once(Case given) {
    var once = MergePatch.apply(given.target(), given.patch());

    assertThat(MergePatch.apply(once, given.patch())).isEqualTo(once);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void the_arguments_are_left_alone(Case given) {
    var target = given.target().toString();
    var patch = given.patch().toString();

    MergePatch.apply(given.target(), given.patch()).put("a", "changed");

    assertThat(given.target()).hasToString(target);
    assertThat(given.patch()).hasToString(patch);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void what_changes_lies_in_the_patch(Case given) {
    var merged = MergePatch.apply(given.target(), given.patch());

    assertThat(ChangedPaths.between(given.target(), merged))
        .allSatisfy(path ->
            assertThat(given.patch().has(path.keys().getFirst()))
                .as("the patch names %s", path)
                .isTrue());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void nothing_changed_means_equal(Case given) {
    var merged = MergePatch.apply(given.target(), given.patch());

    assertThat(ChangedPaths.between(given.target(), merged).isEmpty())
        .isEqualTo(given.target().equals(merged));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void a_change_there_is_a_change_back(Case given) {
    var merged = MergePatch.apply(given.target(), given.patch());

    assertThat(ChangedPaths.between(merged, given.target()))
        .isEqualTo(ChangedPaths.between(given.target(), merged));
  }
}
