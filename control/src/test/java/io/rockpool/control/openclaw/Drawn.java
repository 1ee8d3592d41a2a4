package io.rockpool.control.openclaw;

import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;

/**
 * Random cases for {@code @MethodSource}: the same in every run, each shown by its seed. {@code
 * ROCKPOOL_SEED=417} runs that one alone.
 */
public final class Drawn {
  public static <T> Stream<Named<T>> cases(int count, Function<RandomGenerator, T> draw) {
    var only = System.getenv("ROCKPOOL_SEED");
    var seeds = only == null ? LongStream.range(0, count) : LongStream.of(Long.parseLong(only));
    return seeds.mapToObj(
        seed -> Named.of("ROCKPOOL_SEED=" + seed, draw.apply(new SplittableRandom(seed))));
  }

  /** Up to {@code length} characters, each one of {@code alphabet}. */
  public static String text(RandomGenerator random, String alphabet, int length) {
    var characters = alphabet.codePoints().toArray();
    return random
        .ints(random.nextInt(length + 1), 0, characters.length)
        .map(i -> characters[i])
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  private Drawn() {}
}
