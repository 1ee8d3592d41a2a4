package io.rockpool.cli;

import tools.jackson.databind.JsonNode;

/** What came of a call to the API. */
sealed interface Answer {
  /**
   * A status from 200 to 299.
   *
   * @param json the body, read; a missing node if there was none
   * @param body the body as it came
   */
  record Done(JsonNode json, String body) implements Answer {}

  /** Rockpool said no. */
  record Refused(Problem problem, String body) implements Answer {}

  /**
   * There was no answer of a Rockpool.
   *
   * @param advice what happened and what to do
   */
  record Lost(String advice) implements Answer {}
}
