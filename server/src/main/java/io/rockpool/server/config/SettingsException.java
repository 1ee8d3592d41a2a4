package io.rockpool.server.config;

/** A setting is wrong; the message names it, its value (unless secret) and what to do. */
public final class SettingsException extends RuntimeException {
  public SettingsException(String message) {
    super(message);
  }
}
