package io.rockpool.control.metering;

import io.rockpool.control.money.Money;
import java.math.BigInteger;
import java.time.YearMonth;
import java.util.Currency;

/**
 * What resources cost the operator, in billionths of the currency's unit; 0 or more each.
 *
 * @param cpuHour an hour of processor time
 * @param memoryGbHour a gigabyte of RAM, for an hour
 * @param storageGbMonth a gigabyte on disk, for a month of the calendar, however long that is
 */
public record ResourcePrice(
    Currency currency, long cpuHour, long memoryGbHour, long storageGbMonth) {
  private static final BigInteger GIGA = BigInteger.valueOf(1_000_000_000);
  private static final BigInteger HOUR = BigInteger.valueOf(3_600);
  private static final BigInteger MILLIS = BigInteger.valueOf(1_000);
  private static final BigInteger DAY = BigInteger.valueOf(86_400);

  public ResourcePrice {
    if (cpuHour < 0 || memoryGbHour < 0 || storageGbMonth < 0) {
      throw new IllegalArgumentException("a price is 0 or more");
    }
  }

  /** What was used in a month costs this, rounded once, half up, to a billionth. */
  public Money cost(Quantities used, YearMonth month) {
    var monthSeconds = DAY.multiply(BigInteger.valueOf(month.lengthOfMonth()));
    // Over the one denominator of all three: milliseconds of an hour, gigabytes, the month.
    var cpu =
        BigInteger.valueOf(used.cpuMillis())
            .multiply(BigInteger.valueOf(cpuHour))
            .multiply(GIGA)
            .multiply(monthSeconds);
    var memory =
        used.memoryByteSeconds()
            .multiply(BigInteger.valueOf(memoryGbHour))
            .multiply(MILLIS)
            .multiply(monthSeconds);
    var storage =
        used.storageByteSeconds()
            .multiply(BigInteger.valueOf(storageGbMonth))
            .multiply(MILLIS)
            .multiply(HOUR);
    var whole = MILLIS.multiply(HOUR).multiply(GIGA).multiply(monthSeconds);
    var sum = cpu.add(memory).add(storage);
    return new Money(currency, sum.add(sum).add(whole).divide(whole.add(whole)).longValueExact());
  }
}
