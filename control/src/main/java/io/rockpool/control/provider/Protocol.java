package io.rockpool.control.provider;

/** What a model's clients and its provider speak. */
public enum Protocol {
  /** Chat completions, responses and embeddings, as OpenAI and many others have them. */
  OPENAI,
  /** Messages, as Anthropic has them. */
  ANTHROPIC
}
