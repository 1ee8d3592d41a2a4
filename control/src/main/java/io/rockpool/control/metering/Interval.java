package io.rockpool.control.metering;

import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

/**
 * The time between two samples of an instance, and what it used in it. Pure.
 *
 * <p>Processor time is what the counter says, whatever the time between: it counts on while nobody
 * looks. After a new start it is all that the new processes used; what the old ones used after the
 * last look at them is lost. Memory and storage are the mean of both ends. All of it belongs to the
 * rung that is higher up of the two, so that waking is no cost of sleeping. But what was stopped is
 * looked at each minute and written seldom: where it runs now, it woke in the last minute.
 *
 * <p>While nobody looked for long, only what is known counts: the last {@link #LOOKED} of the time
 * for what has processes, and the last {@link #STILL} for storage and for what was stopped at both
 * ends, since neither changes much by itself.
 */
record Interval(Sample before, Sample now) {
  static final Duration LOOKED = Duration.ofMinutes(10);
  static final Duration STILL = Duration.ofHours(24);

  /** What was used on a day (UTC), on a rung. */
  record Part(LocalDate day, Rung rung, Quantities quantities) {}

  /** What was used, by day; empty where no time passed. */
  List<Part> parts() {
    if (!before.at().isBefore(now.at())) {
      return List.of(); // a clock was set back: what was used is told by the next one
    }
    var rung = before.rung().compareTo(now.rung()) <= 0 ? before.rung() : now.rung();
    var wokeAt =
        before.rung() == Rung.STOPPED && rung != Rung.STOPPED
            ? latest(Sampling.EVERY)
            : before.at();
    var storedFrom = latest(STILL);
    var parts = new ArrayList<Part>();
    var from = before.at();
    long cpuLeft = cpuMillis();
    while (from.isBefore(now.at())) {
      var day = LocalDate.ofInstant(from, ZoneOffset.UTC);
      var midnight = day.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant();
      var isAsleep = from.isBefore(wokeAt);
      var end = isAsleep ? wokeAt : now.at();
      var to = midnight.isBefore(end) ? midnight : end;
      // The share of what is left: at the end nothing is.
      long cpu = isAsleep ? 0 : share(cpuLeft, millis(from, to), millis(from, now.at()));
      cpuLeft -= cpu;
      var of = isAsleep ? Rung.STOPPED : rung;
      var seen = millis(later(from, latest(of == Rung.STOPPED ? STILL : LOOKED)), to);
      var quantities =
          Quantities.of(
              seen,
              cpu,
              isAsleep ? 0 : byteSeconds(before.memoryBytes(), now.memoryBytes(), seen),
              byteSeconds(
                  before.storageBytes(), now.storageBytes(), millis(later(from, storedFrom), to)));
      if (!quantities.isNothing()) {
        parts.add(new Part(day, of, quantities));
      }
      from = to;
    }
    return parts;
  }

  private long cpuMillis() {
    if (now.counter().isEmpty()) {
      return 0;
    }
    var counter = now.counter().get();
    var known =
        before
            .counter()
            .filter(it -> it.life().equals(counter.life()))
            .map(Sample.Counter::cpuMillis)
            .orElse(0L);
    return Math.max(0, counter.cpuMillis() - known);
  }

  private Instant latest(Duration longest) {
    return later(before.at(), now.at().minus(longest));
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }

  private static long millis(Instant from, Instant to) {
    return Math.max(0, Duration.between(from, to).toMillis());
  }

  private static long share(long whole, long part, long of) {
    return BigInteger.valueOf(whole)
        .multiply(BigInteger.valueOf(part))
        .divide(BigInteger.valueOf(of))
        .longValueExact();
  }

  /** The mean of both, times the seconds; rounded down. */
  private static long byteSeconds(long before, long now, long millis) {
    return BigInteger.valueOf(before)
        .add(BigInteger.valueOf(now))
        .multiply(BigInteger.valueOf(millis))
        .divide(BigInteger.valueOf(2_000))
        .longValueExact();
  }
}
