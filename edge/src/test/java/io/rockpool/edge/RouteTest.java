package io.rockpool.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.edge.Traffic.Kind;
import io.rockpool.runtime.InstanceId;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class RouteTest {
  private static final String MAIN = "rockpool.example";
  private static final String DOMAIN = "claw.example";
  private static final String ADA = "ada.claw.example";

  record Row(String name, String host, String path, boolean socket, Route expected) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Row> rows =
      List.of(
          new Row("the API of Rockpool is not ours", MAIN, "/api/v1/instances", false, elsewhere()),
          new Row("a path that begins alike is not ours", MAIN, "/index", false, elsewhere()),
          new Row("no id names nothing", MAIN, "/i/", false, nowhere()),
          new Row("an invalid id names nothing", MAIN, "/i/ADA/", false, nowhere()),
          new Row("the UI keeps its base path", MAIN, "/i/ada", false, page("/i/ada")),
          new Row("a page keeps it, too", MAIN, "/i/ada/chat/x", false, page("/i/ada/chat/x")),
          new Row(
              "an avatar is served below the base path",
              MAIN,
              "/i/ada/api/users/u/avatar",
              false,
              pass("/i/ada/api/users/u/avatar", Kind.POLL)),
          new Row(
              "a longer name is no avatar",
              MAIN,
              "/i/ada/api/users/u/avatar/x",
              false,
              page("/i/ada/api/users/u/avatar/x")),
          new Row(
              "nor is another file of a user",
              MAIN,
              "/i/ada/api/users/u/v/avatar",
              false,
              page("/i/ada/api/users/u/v/avatar")),
          new Row(
              "the API loses it", MAIN, "/i/ada/v1/models", false, pass("/v1/models", Kind.API)),
          new Row(
              "tools lose it", MAIN, "/i/ada/tools/invoke", false, pass("/tools/invoke", Kind.API)),
          new Row("a probe loses it", MAIN, "/i/ada/readyz", false, pass("/readyz", Kind.PROBE)),
          new Row(
              "a longer name is no probe", MAIN, "/i/ada/readyz2", false, page("/i/ada/readyz2")),
          new Row(
              "pictures of a chat lose it",
              MAIN,
              "/i/ada/api/chat/media/outgoing/1",
              false,
              page("/api/chat/media/outgoing/1")),
          new Row("hooks are for Rockpool", MAIN, "/i/ada/hooks/agent", false, nowhere()),
          new Row("hooks in another spelling, too", MAIN, "/i/ada/HOO%4Bs/agent", false, nowhere()),
          new Row("hooks that end in another way, too", MAIN, "/i/ada/hooks%23x", false, nowhere()),
          new Row(
              "the admin RPC is for Rockpool", MAIN, "/i/ada/api/v1/admin/rpc", false, nowhere()),
          new Row(
              "the admin RPC in another spelling, too",
              MAIN,
              "/i/ada/Api/v1/%61dmin/rpc",
              false,
              nowhere()),
          new Row("a WebSocket passes as it is", MAIN, "/i/ada", true, pass("/i/ada", Kind.SOCKET)),
          new Row(
              "a WebSocket at /v1/ keeps the base path",
              MAIN,
              "/i/ada/v1/x",
              true,
              pass("/i/ada/v1/x", Kind.SOCKET)),
          new Row(
              "a host of its own leads to the UI", ADA, "/", false, new Route.Redirect("/i/ada/")),
          new Row("it serves the UI", ADA, "/i/ada/", false, page("/i/ada/")),
          new Row("it serves no other instance", ADA, "/i/bob/", false, nowhere()),
          new Row("nor one whose id begins alike", ADA, "/i/adam/", false, nowhere()),
          new Row("it serves the API", ADA, "/v1/models", false, pass("/v1/models", Kind.API)),
          new Row(
              "it serves a canvas",
              ADA,
              "/__openclaw__/canvas/documents/1/index.html",
              false,
              page("/__openclaw__/canvas/documents/1/index.html")),
          new Row("it takes a WebSocket", ADA, "/", true, pass("/", Kind.SOCKET)),
          new Row("on two paths only", ADA, "/hooks", true, nowhere()),
          new Row("its hooks are for Rockpool", ADA, "/hooks/agent", false, nowhere()),
          new Row("its admin RPC is for Rockpool", ADA, "/api/v1/admin/rpc", false, nowhere()),
          new Row("its admin RPC under /i/, too", ADA, "/i/ada/api/v1/admin/rpc", false, nowhere()),
          new Row(
              "host names have no case",
              "ADA.Claw.Example.",
              "/v1/m",
              false,
              pass("/v1/m", Kind.API)),
          new Row("two labels are no id", "x.ada.claw.example", "/", false, nowhere()),
          new Row("the domain itself is Rockpool's", DOMAIN, "/", false, elsewhere()),
          new Row("a domain that ends alike is", "evilclaw.example", "/", false, elsewhere()));

  @ParameterizedTest
  @FieldSource("rows")
  void reads_host_and_path(Row row) {
    assertThat(Route.of(row.host(), row.path(), DOMAIN, row.socket())).isEqualTo(row.expected());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/..",
        "/../bob/",
        "/x/../../../hooks/agent",
        "/./v1/models",
        "/%2e%2e/bob/",
        "/%2E./bob/",
        "/.%252e/bob/",
        "/%25252e%25252e/bob/",
        "/..;x=1/bob/",
        "/..%23x",
        "/..%3fx",
        "/..%20",
        "//v1/models",
        "/x//y",
        "/..\\api",
        "/x%5c..%5capi",
        "/x%255c",
        "/a%2fb",
        "/a%252Fb",
        "/%zz/%2e%2e/%2e%2e/%2e%2e/api/v1/admin/rpc",
        "/a%00b",
        "/a%0d%0ab"
      })
  void a_path_that_can_be_read_in_two_ways_is_not_passed(String rest) {
    assertThat(Route.of(MAIN, "/i/ada" + rest, DOMAIN, false)).isEqualTo(new Route.Crooked());
    assertThat(Route.of(ADA, "/i/ada" + rest, DOMAIN, false)).isEqualTo(new Route.Crooked());
    assertThat(Route.of(ADA, "/v1" + rest, DOMAIN, false)).isEqualTo(new Route.Crooked());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/chat/%E4%BD%A0", "/chat/a%20b", "/chat/100%25", "/...", "/a..b", "/.x"})
  void ordinary_paths_pass_letter_by_letter(String rest) {
    assertThat(Route.of(MAIN, "/i/ada" + rest, "", false)).isEqualTo(page("/i/ada" + rest));
  }

  private static Route elsewhere() {
    return new Route.Elsewhere();
  }

  private static Route nowhere() {
    return new Route.Nowhere();
  }

  private static Route page(String path) {
    return pass(path, Kind.PAGE);
  }

  private static Route pass(String path, Kind kind) {
    return new Route.Pass(new InstanceId("ada"), path, kind);
  }
}
