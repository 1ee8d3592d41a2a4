package io.rockpool.server.http;

import static io.rockpool.server.http.Route.Method.GET;
import static io.rockpool.server.http.Route.Scope.READ;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.rockpool.control.account.Actor;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteTest {
  record ById(String id) {}

  @Test
  void a_route_is_a_plain_function() {
    var reply =
        new PondRoutes.Work() {}.look(
            new Actor.User("ada"), new PondRoutes.Look("none", Optional.empty()));

    assertThat(reply).isEqualTo(new Reply.Refused<>(Problem.unknownInstance("none")));
  }

  @ParameterizedTest
  @CsvSource({
    "/api/v1/instances/{id}, getInstancesById",
    "/api/deploy/{id}/status, getDeployByIdStatus",
    "/api/v1/audit-log/{id}, getAuditLogById",
    "/openapi.json/{id}, getOpenapiJsonById",
  })
  void operations_are_named_after_their_paths(String path, String id) {
    assertThat(route(GET, path).operationId()).isEqualTo(id);
  }

  @Test
  void a_path_variable_must_be_in_the_request() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> route(GET, "/api/v1/ponds/{pond}"))
        .withMessage("GET /api/v1/ponds/{pond}: ById has no component 'pond'");
  }

  @Test
  void two_routes_cannot_answer_the_same_request() {
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            RouteTable.check(
                List.of(
                    route(GET, "/api/v1/ponds/{id}"),
                    new Route<>(
                        GET,
                        "/api/v1/ponds/{name}",
                        "By name.",
                        ByName.class,
                        Route.Nothing.class,
                        Set.of(),
                        READ,
                        (_, _) -> new Reply.NoContent<>()))))
        .withMessage("two routes answer GET /api/v1/ponds/{}: remove one");
  }

  record ByName(String name) {}

  @Test
  void two_routes_cannot_have_one_name() {
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            RouteTable.check(
                List.of(route(GET, "/api/v1/ponds/{id}"), route(GET, "/api/v2/ponds/{id}"))))
        .withMessageContaining("getPondsById");
  }

  @Test
  void the_static_path_wins_over_the_variable() {
    var table =
        new RouteTable(
            List.of(route(GET, "/a/{id}/x"), route(GET, "/a/{id}"), other("/a/all")), List.of());

    assertThat(table.find("GET", "/a/all"))
        .isInstanceOfSatisfying(
            RouteTable.Found.class,
            it -> assertThat(it.endpoint().route().path()).isEqualTo("/a/all"));
    assertThat(table.find("GET", "/a/b"))
        .isInstanceOfSatisfying(
            RouteTable.Found.class, it -> assertThat(it.variables()).containsEntry("id", "b"));
    assertThat(table.find("GET", "/a/b/c")).isEqualTo(new RouteTable.NotOurs());
  }

  private static Route<?, ?> other(String path) {
    return new Route<>(
        GET,
        path,
        "All.",
        Route.Nothing.class,
        Route.Nothing.class,
        Set.of(),
        READ,
        (_, _) -> new Reply.NoContent<>());
  }

  private static Route<ById, Route.Nothing> route(Route.Method method, String path) {
    return new Route<>(
        method,
        path,
        "Does it.",
        ById.class,
        Route.Nothing.class,
        Set.of(),
        READ,
        (_, _) -> new Reply.NoContent<>());
  }
}
