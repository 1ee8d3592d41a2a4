package io.rockpool.server.config;

import io.rockpool.control.net.Network;
import java.util.List;

/**
 * How requests to webhooks are taken.
 *
 * @param perMinute messages of one account, before it matters how many wait; 0 for any number
 * @param trustedProxies whose word about who they speak for is believed
 */
public record WebhookSettings(int perMinute, List<Network> trustedProxies) {
  public WebhookSettings {
    trustedProxies = List.copyOf(trustedProxies);
  }
}
