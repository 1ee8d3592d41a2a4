package io.rockpool.control.channel;

import io.rockpool.channel.Access;
import io.rockpool.channel.Bot;
import io.rockpool.channel.Channel;
import io.rockpool.runtime.Secret;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The chat platforms of this build, and how each is reached. */
public final class Platforms {
  private final Map<String, Channel> channels;
  private final Map<String, URI> roots;
  private final HttpClient http;

  /**
   * @param roots by platform, in place of its own
   * @param http never follows redirects
   */
  public Platforms(List<Channel> channels, Map<String, URI> roots, HttpClient http) {
    this.channels =
        channels.stream()
            .collect(
                Collectors.toMap(
                    Channel::name, Function.identity(), (one, _) -> one, TreeMap::new));
    this.roots = Map.copyOf(roots);
    this.http = http;
  }

  Optional<Channel> channel(String platform) {
    return Optional.ofNullable(channels.get(platform));
  }

  /** Whether a person links an account there by a code. */
  boolean isLinked(String platform) {
    return channel(platform).filter(Channel::isLinked).isPresent();
  }

  /** Their names, sorted. */
  public List<String> names() {
    return List.copyOf(channels.keySet());
  }

  /** Where an operator says that the platform's API is; empty for its own. */
  public Optional<URI> root(String platform) {
    return Optional.ofNullable(roots.get(platform));
  }

  /** Our end at a platform. */
  public Bot bot(Channel channel, Secret token) {
    return channel.bot(new Access(root(channel.name()).orElseGet(channel::root), token, http));
  }

  /** For people, e.g. {@code Telegram}. */
  static String title(String platform) {
    return switch (platform) {
      case "line" -> "LINE";
      case "whatsapp" -> "WhatsApp";
      default -> platform.substring(0, 1).toUpperCase(Locale.ROOT) + platform.substring(1);
    };
  }
}
