package io.rockpool.control.metering;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/**
 * What was used of hosts. Whole numbers, so that sums are exact. A gigabyte is 1,000,000,000 bytes.
 *
 * @param millis how long this was seen
 * @param cpuMillis processor time
 * @param memoryByteSeconds bytes of RAM, times seconds
 * @param storageByteSeconds bytes on disk, times seconds
 */
public record Quantities(
    long millis, long cpuMillis, BigInteger memoryByteSeconds, BigInteger storageByteSeconds) {
  public static final Quantities NONE = of(0, 0, 0, 0);

  private static final BigInteger GIGA = BigInteger.valueOf(1_000_000_000);
  private static final BigDecimal HOUR = BigDecimal.valueOf(3_600);

  public Quantities {
    if (millis < 0
        || cpuMillis < 0
        || memoryByteSeconds.signum() < 0
        || storageByteSeconds.signum() < 0) {
      throw new IllegalArgumentException("what was used is 0 or more");
    }
  }

  static Quantities of(
      long millis, long cpuMillis, long memoryByteSeconds, long storageByteSeconds) {
    return new Quantities(
        millis,
        cpuMillis,
        BigInteger.valueOf(memoryByteSeconds),
        BigInteger.valueOf(storageByteSeconds));
  }

  public Quantities plus(Quantities other) {
    return new Quantities(
        Math.addExact(millis, other.millis),
        Math.addExact(cpuMillis, other.cpuMillis),
        memoryByteSeconds.add(other.memoryByteSeconds),
        storageByteSeconds.add(other.storageByteSeconds));
  }

  boolean isNothing() {
    return equals(NONE);
  }

  /** To the millisecond. */
  public BigDecimal seconds() {
    return BigDecimal.valueOf(millis, 3);
  }

  /** To the millisecond. */
  public BigDecimal cpuSeconds() {
    return BigDecimal.valueOf(cpuMillis, 3);
  }

  /** Rounded down to a millionth. */
  public BigDecimal memoryGbSeconds() {
    return millionths(memoryByteSeconds, BigDecimal.ONE);
  }

  /** Rounded down to a millionth. */
  public BigDecimal storageGbHours() {
    return millionths(storageByteSeconds, HOUR);
  }

  private static BigDecimal millionths(BigInteger byteSeconds, BigDecimal unit) {
    return new BigDecimal(byteSeconds)
        .divide(new BigDecimal(GIGA).multiply(unit), 6, RoundingMode.DOWN);
  }
}
