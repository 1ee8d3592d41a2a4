package io.rockpool.server;

import static io.rockpool.server.http.Route.Method.GET;
import static io.rockpool.server.http.Route.Scope.PUBLIC;

import io.rockpool.control.store.Sql;
import io.rockpool.control.store.StoreException;
import io.rockpool.server.http.Problem.Kind;
import io.rockpool.server.http.Reply;
import io.rockpool.server.http.Route;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/** {@code /health}: the process lives. {@code /ready}: it can do its work. */
final class Health {
  record State(String status) {}

  private final Sql sql;
  private final AtomicBoolean serving = new AtomicBoolean();

  Health(Sql sql) {
    this.sql = sql;
  }

  void serving(boolean now) {
    serving.set(now);
  }

  List<Route<?, ?>> routes() {
    return List.of(
        new Route<>(
            GET,
            "/health",
            "Whether the server lives.",
            Route.Nothing.class,
            State.class,
            Set.of(),
            PUBLIC,
            (_, _) -> new Reply.Ok<>(new State("ok"))),
        new Route<>(
            GET,
            "/ready",
            "Whether the server can do its work: it has started, and its database answers.",
            Route.Nothing.class,
            State.class,
            Set.of(Kind.OVERLOADED),
            PUBLIC,
            (_, _) -> ready()));
  }

  private Reply<State> ready() {
    if (!serving.get()) {
      return new Reply.Refused<>(Kind.OVERLOADED.detail("The server is starting or stopping."));
    }
    try {
      sql.query("SELECT 1", row -> row.getInt(1));
      return new Reply.Ok<>(new State("ready"));
    } catch (StoreException e) {
      return new Reply.Refused<>(Kind.OVERLOADED.detail("The database does not answer."));
    }
  }
}
