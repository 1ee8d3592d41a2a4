package io.rockpool.bench;

import java.util.Collection;
import java.util.List;

/** Numbers of one kind. At least one. */
final class Samples {
  private final List<Double> sorted;

  private Samples(List<Double> sorted) {
    this.sorted = sorted;
  }

  static Samples of(Collection<Double> numbers) {
    if (numbers.isEmpty()) {
      throw new IllegalArgumentException("nothing was measured");
    }
    return new Samples(numbers.stream().sorted().toList());
  }

  int count() {
    return sorted.size();
  }

  double median() {
    return percentile(50);
  }

  /**
   * The smallest that is not below {@code percent} of all.
   *
   * @param percent above 0, up to 100
   */
  double percentile(double percent) {
    return sorted.get((int) Math.ceil(percent / 100 * sorted.size()) - 1);
  }
}
