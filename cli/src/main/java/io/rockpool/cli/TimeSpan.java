package io.rockpool.cli;

import java.time.Duration;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a time span from the command line: {@code 90s}, {@code 10m} or {@code 2h}. */
final class TimeSpan implements ITypeConverter<Duration> {
  private static final Pattern SHAPE = Pattern.compile("([0-9]{1,6})([smh])");

  @Override
  public Duration convert(String text) {
    var match = SHAPE.matcher(text);
    if (!match.matches()) {
      throw new TypeConversionException(
          "'%s' is no time span: write it like 90s, 10m or 2h".formatted(text));
    }
    var amount = Long.parseLong(match.group(1));
    return switch (match.group(2)) {
      case "s" -> Duration.ofSeconds(amount);
      case "m" -> Duration.ofMinutes(amount);
      default -> Duration.ofHours(amount);
    };
  }
}
