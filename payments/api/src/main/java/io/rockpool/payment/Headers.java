package io.rockpool.payment;

import java.util.Optional;

/** The headers of a request, by name in any case. */
public interface Headers {
  Optional<String> get(String name);
}
