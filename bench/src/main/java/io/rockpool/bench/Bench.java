package io.rockpool.bench;

/** One benchmark. It prints its numbers, and ends all that it started. */
interface Bench {
  void run(Site site) throws Exception;
}
