package io.rockpool.server.http;

import io.rockpool.control.account.Actor;
import java.util.HashMap;
import java.util.function.Supplier;

/** A route, ready to be called. Here the type of its request is known. */
final class Endpoint<Q extends Record, A> {
  /** The variable of a path that names an account. */
  private static final String ACCOUNT = "account";

  /** In place of an account in a path: that of who asks. */
  private static final String ME = "me";

  /** What a request comes to. */
  sealed interface Ready {}

  /** Valid: {@code work} does it, once. */
  record Call(Supplier<Reply<?>> work) implements Ready {}

  record Invalid(Problem problem) implements Ready {}

  private final Route<Q, A> route;
  private final RequestReader<Q> reader;

  Endpoint(Route<Q, A> route) {
    this.route = route;
    this.reader = new RequestReader<>(route);
  }

  Route<Q, A> route() {
    return route;
  }

  /**
   * @param live whether a stream of events is wanted; a route that has none answers as usual
   */
  Ready prepare(Actor actor, RequestReader.Received received, boolean live) {
    return switch (reader.read(own(actor, received))) {
      case RequestReader.Bad<Q>(var problem) -> new Invalid(problem);
      case RequestReader.Good<Q>(var request) -> {
        var stream = route.live();
        var work = live && stream != null ? stream.work() : route.work();
        yield new Call(() -> work.apply(actor, request));
      }
    };
  }

  private static RequestReader.Received own(Actor actor, RequestReader.Received received) {
    return switch (actor) {
      case Actor.User(var id) -> own(id, received);
      case Actor.Operator(var id) -> own(id, received);
      case Actor.Rockpool _ -> received;
    };
  }

  private static RequestReader.Received own(String account, RequestReader.Received received) {
    if (!ME.equals(received.variables().get(ACCOUNT))) {
      return received;
    }
    var variables = new HashMap<>(received.variables());
    variables.put(ACCOUNT, account);
    return new RequestReader.Received(
        variables, received.query(), received.headers(), received.body());
  }
}
