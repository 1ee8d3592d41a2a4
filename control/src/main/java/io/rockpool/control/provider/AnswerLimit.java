package io.rockpool.control.provider;

/** The member of a chat completion by which a provider lets the length of an answer be limited. */
public enum AnswerLimit {
  /** Nearly all. */
  MAX_TOKENS("max_tokens"),
  /** Those that call it so since their models reason. */
  MAX_COMPLETION_TOKENS("max_completion_tokens");

  private final String member;

  AnswerLimit(String member) {
    this.member = member;
  }

  /** As it stands in a request. */
  public String member() {
    return member;
  }
}
