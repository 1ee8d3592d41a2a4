package io.rockpool.control.metering;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.metering.Interval.Part;
import io.rockpool.control.metering.Sample.Counter;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class IntervalTest {
  private static final Instant NOON = Instant.parse("2026-11-21T12:00:00Z");
  private static final Instant MIDNIGHT = Instant.parse("2026-11-22T00:00:00Z");
  private static final LocalDate TODAY = LocalDate.parse("2026-11-21");
  private static final LocalDate TOMORROW = LocalDate.parse("2026-11-22");

  record Row(String name, Sample before, Sample now, List<Part> expected) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Row> rows =
      List.of(
          new Row(
              "what a counter gained is counted, and the mean of memory and storage",
              running(NOON, "a", 5_000, 100, 1_000),
              running(NOON.plusSeconds(60), "a", 6_500, 300, 2_000),
              List.of(part(TODAY, Rung.RUNNING, 60_000, 1_500, 12_000, 90_000))),
          new Row(
              "after a new start all counts that the new processes used",
              running(NOON, "a", 5_000, 0, 0),
              running(NOON.plusSeconds(60), "b", 7_000, 0, 0),
              List.of(part(TODAY, Rung.RUNNING, 60_000, 7_000, 0, 0))),
          new Row(
              "a counter of the same start that lost a process counts nothing",
              running(NOON, "a", 5_000, 0, 0),
              running(NOON.plusSeconds(60), "a", 4_000, 0, 0),
              List.of(part(TODAY, Rung.RUNNING, 60_000, 0, 0, 0))),
          new Row(
              "one that was taken for stopped goes on with its counter",
              stopped(NOON, Optional.of(new Counter("a", 5_000)), 0),
              running(NOON.plusSeconds(60), "a", 6_000, 0, 0),
              List.of(part(TODAY, Rung.RUNNING, 60_000, 1_000, 0, 0))),
          new Row(
              "while it dozes, that is its rung",
              dozing(NOON, 5_000, 100),
              dozing(NOON.plusSeconds(60), 5_010, 100),
              List.of(part(TODAY, Rung.DOZING, 60_000, 10, 6_000, 0))),
          new Row(
              "waking is no cost of sleeping",
              dozing(NOON, 5_000, 0),
              running(NOON.plusSeconds(60), "a", 9_000, 0, 0),
              List.of(part(TODAY, Rung.RUNNING, 60_000, 4_000, 0, 0))),
          new Row(
              "what was stopped for an hour and runs woke in the last minute",
              stopped(NOON, Optional.of(new Counter("a", 5_000)), 1_000),
              running(NOON.plusSeconds(3_600), "b", 2_000, 200, 1_000),
              List.of(
                  part(TODAY, Rung.STOPPED, 3_540_000, 0, 0, 3_540_000),
                  part(TODAY, Rung.RUNNING, 60_000, 2_000, 6_000, 60_000))),
          new Row(
              "also where that minute is at midnight",
              stopped(MIDNIGHT.minusSeconds(100), Optional.empty(), 0),
              running(MIDNIGHT.plusSeconds(20), "b", 600, 0, 0),
              List.of(
                  part(TODAY, Rung.STOPPED, 60_000, 0, 0, 0),
                  part(TODAY, Rung.RUNNING, 40_000, 400, 0, 0),
                  part(TOMORROW, Rung.RUNNING, 20_000, 200, 0, 0))),
          new Row(
              "what is stopped takes its room on disk, and time up to a day",
              stopped(NOON, Optional.empty(), 1_000),
              stopped(NOON.plusSeconds(3_600), Optional.empty(), 1_000),
              List.of(part(TODAY, Rung.STOPPED, 3_600_000, 0, 0, 3_600_000))),
          new Row(
              "a day ends at midnight",
              running(MIDNIGHT.minusSeconds(15), "a", 0, 100, 0),
              running(MIDNIGHT.plusSeconds(45), "a", 1_001, 100, 0),
              List.of(
                  part(TODAY, Rung.RUNNING, 15_000, 250, 1_500, 0),
                  part(TOMORROW, Rung.RUNNING, 45_000, 751, 4_500, 0))),
          new Row(
              "of a long gap without looks, memory counts for its last ten minutes, storage for all",
              running(NOON, "a", 0, 100, 10),
              running(NOON.plusSeconds(7_200), "a", 7_200, 100, 10),
              List.of(part(TODAY, Rung.RUNNING, 600_000, 7_200, 60_000, 72_000))),
          new Row(
              "of three days without looks, storage counts for the last",
              stopped(NOON.minus(Duration.ofDays(2)), Optional.empty(), 10),
              stopped(NOON.plus(Duration.ofDays(1)), Optional.empty(), 10),
              List.of(
                  part(TODAY, Rung.STOPPED, 43_200_000, 0, 0, 432_000),
                  part(TOMORROW, Rung.STOPPED, 43_200_000, 0, 0, 432_000))),
          new Row(
              "no time is nothing",
              running(NOON, "a", 0, 100, 10),
              running(NOON, "a", 10, 100, 10),
              List.of()),
          new Row(
              "a clock that was set back counts nothing",
              running(NOON, "a", 0, 100, 10),
              running(NOON.minusSeconds(1), "a", 10, 100, 10),
              List.of()));

  @ParameterizedTest
  @FieldSource("rows")
  void parts(Row row) {
    assertThat(new Interval(row.before(), row.now()).parts()).isEqualTo(row.expected());
  }

  /** However often one looks, and wherever the midnights fall. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void not_a_millisecond_of_processor_time_is_lost_or_counted_twice(long seed) {
    var random = new SplittableRandom(seed);
    var at = NOON;
    long cpu = random.nextLong(100_000);
    var first = cpu;
    var before = running(at, "a", cpu, 0, 0);
    var parts = new ArrayList<Part>();
    for (int i = 0; i < 500; i++) {
      at = at.plusMillis(random.nextLong(1, 200_000_000));
      cpu += random.nextLong(1_000_000_000);
      var now = running(at, "a", cpu, 0, 0);
      parts.addAll(new Interval(before, now).parts());
      before = now;
    }

    assertThat(parts.stream().mapToLong(it -> it.quantities().cpuMillis()).sum())
        .isEqualTo(cpu - first);
  }

  @Test
  void what_nobody_can_hold_is_bounded_and_overflows_nowhere() {
    var before = running(NOON, "a", 0, Long.MAX_VALUE, Long.MAX_VALUE);
    var now = running(NOON.plus(Duration.ofDays(30)), "a", Long.MAX_VALUE, 1, Long.MAX_VALUE);

    var parts = new Interval(before, now).parts();

    assertThat(parts.stream().mapToLong(it -> it.quantities().cpuMillis()).sum())
        .isEqualTo(Long.MAX_VALUE);
    assertThat(parts.getLast().quantities().storageByteSeconds().longValueExact())
        .isEqualTo(Sample.MOST_BYTES * 43_200);
  }

  private static Part part(
      LocalDate day, Rung rung, long millis, long cpu, long memory, long storage) {
    return new Part(day, rung, Quantities.of(millis, cpu, memory, storage));
  }

  private static Sample running(Instant at, String life, long cpu, long memory, long storage) {
    return new Sample(
        at, Rung.RUNNING, Optional.of(new Counter(life, cpu)), memory, storage, Instant.EPOCH);
  }

  private static Sample dozing(Instant at, long cpu, long memory) {
    return new Sample(
        at, Rung.DOZING, Optional.of(new Counter("a", cpu)), memory, 0, Instant.EPOCH);
  }

  private static Sample stopped(Instant at, Optional<Counter> counter, long storage) {
    return new Sample(at, Rung.STOPPED, counter, 0, storage, Instant.EPOCH);
  }
}
