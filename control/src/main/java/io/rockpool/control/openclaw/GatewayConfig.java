package io.rockpool.control.openclaw;

import tools.jackson.databind.JsonNode;

/**
 * The configuration of a running gateway, as it shows it.
 *
 * @param file what its file says, as far as it has read it; {@link #HIDDEN} stands for secrets
 * @param valid whether it can work by that
 * @param applied whether it works by that
 */
public record GatewayConfig(JsonNode file, boolean valid, boolean applied) {
  /** OpenClaw's word for what it does not show. */
  static final String HIDDEN = "__OPENCLAW_REDACTED__";

  /** Whether the gateway has read this file, as far as it shows. */
  boolean isOf(JsonNode written) {
    return matches(written, file);
  }

  private static boolean matches(JsonNode written, JsonNode shown) {
    if (shown.isString() && shown.stringValue().equals(HIDDEN)) {
      return true;
    }
    if (written.isObject() && shown.isObject()) {
      return written.size() == shown.size()
          && written
              .propertyStream()
              .allMatch(it -> matches(it.getValue(), shown.path(it.getKey())));
    }
    if (written.isArray() && shown.isArray()) {
      if (written.size() != shown.size()) {
        return false;
      }
      for (int i = 0; i < written.size(); i++) {
        if (!matches(written.get(i), shown.get(i))) {
          return false;
        }
      }
      return true;
    }
    if (written.isNumber() && shown.isNumber()) {
      return written.decimalValue().compareTo(shown.decimalValue()) == 0;
    }
    return written.equals(shown);
  }
}
