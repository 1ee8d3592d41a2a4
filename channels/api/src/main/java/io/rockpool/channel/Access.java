package io.rockpool.channel;

import io.rockpool.runtime.Secret;
import java.net.URI;
import java.net.http.HttpClient;

/**
 * How a platform's API is reached.
 *
 * @param root without a slash at its end
 * @param http never follows redirects: a token goes to nobody else
 */
public record Access(URI root, Secret token, HttpClient http) {
  public Access {
    if (http.followRedirects() != HttpClient.Redirect.NEVER) {
      throw new IllegalArgumentException("a client that holds a token must not follow redirects");
    }
    var text = root.toString();
    if (text.endsWith("/")) {
      root = URI.create(text.substring(0, text.length() - 1));
    }
  }
}
