package io.rockpool.control.provider;

/** How a provider of OpenAI's protocol tells what a streamed answer used. */
public enum StreamedUsage {
  /** When it is asked by {@code stream_options.include_usage}; Rockpool asks. */
  ASKED,
  /** By itself. */
  ALWAYS,
  /** Not at all, and it refuses the question: Rockpool estimates. */
  NEVER
}
