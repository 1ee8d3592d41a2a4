package io.rockpool.edge;

import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;
import org.eclipse.jetty.server.Request;

/** Who may pass to which instance, and where that instance is now. */
@FunctionalInterface
public interface Gate {
  /**
   * What {@link #admit} would say, if that is known without waiting; else empty. Called first, on a
   * thread of the network: must not block.
   */
  default Optional<Answer> recall(InstanceId id, Traffic.Kind kind, Request request) {
    return Optional.empty();
  }

  /**
   * Decides about one request or WebSocket handshake. May block; called on a virtual thread. The
   * request is as it came, cookies and {@code Authorization} included; its body must not be read.
   * The check of {@code Origin} is the edge's and was passed.
   *
   * @param kind what it is for; never {@link Traffic.Kind#MODEL}, which needs no gate
   */
  Answer admit(InstanceId id, Traffic.Kind kind, Request request);

  /** What the gate says. */
  sealed interface Answer {
    /**
     * Pass.
     *
     * @param gateway scheme, host and port of the gateway, e.g. {@code http://127.0.0.1:19101}
     * @param user how the gateway calls the caller: 1 to 100 letters, digits and {@code ._@-}. Its
     *     owner and its model read this name, and for an e-mail address it asks a picture service
     * @param proof for {@link EdgeHeaders#userHeader}
     */
    record To(URI gateway, String user, Secret proof) implements Answer {
      private static final Pattern USER = Pattern.compile("[A-Za-z0-9._@-]{1,100}");

      public To {
        if (!"http".equals(gateway.getScheme())
            || gateway.getHost() == null
            || gateway.getPort() < 1) {
          throw new IllegalArgumentException(
              "'%s' is no gateway: say http://HOST:PORT".formatted(gateway));
        }
        if (!USER.matcher(user).matches()) {
          throw new IllegalArgumentException(
              "'%s' is no name for a gateway's user: use 1 to 100 letters, digits and ._@-"
                  .formatted(user));
        }
        EdgeHeaders.userHeader(proof);
      }
    }

    /** No such instance, or none that this caller may see: both look alike. */
    record Unknown() implements Answer {}

    /**
     * Nobody is signed in. A browser that navigates is sent to {@code page}, everybody else gets
     * 401.
     *
     * @param page a path on this server or an absolute URL
     */
    record SignIn(String page) implements Answer {}

    /** The instance is being woken: 503 with {@code Retry-After}, in whole seconds, at least 1. */
    record Asleep(Duration retryAfter) implements Answer {}

    record Refused(Problem problem) implements Answer {}
  }
}
