package io.rockpool.control.openclaw;

import tools.jackson.databind.JsonNode;

/** A gateway's small answer. */
sealed interface Answer {
  /**
   * @param status of HTTP
   * @param body missing where it was no JSON
   */
  record Said(int status, JsonNode body) implements Answer {}

  /** No answer in time. What was asked may have been done. */
  record Silence() implements Answer {}
}
