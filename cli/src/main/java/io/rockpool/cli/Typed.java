package io.rockpool.cli;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.util.Locale;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** What people type, read. What the shape does not tell, the server checks. */
final class Typed {
  /** A decimal of 0 or more. It stays text, so that not a digit is lost. */
  static final class Amount implements ITypeConverter<String> {
    private static final Pattern SHAPE = Pattern.compile("[0-9]{1,12}(\\.[0-9]{1,9})?");

    @Override
    public String convert(String text) {
      return checked(SHAPE.matcher(text).matches(), text, "no amount: write it like 12.50");
    }
  }

  /** A whole number of 0 or more. */
  static final class Count implements ITypeConverter<Long> {
    private static final Pattern SHAPE = Pattern.compile("[0-9]{1,16}");

    @Override
    public Long convert(String text) {
      return Long.parseLong(
          checked(SHAPE.matcher(text).matches(), text, "no count: write a whole number"));
    }
  }

  /** A code of ISO 4217, in capitals whatever was typed. */
  static final class CurrencyCode implements ITypeConverter<String> {
    private static final Pattern SHAPE = Pattern.compile("[A-Z]{3}");

    @Override
    public String convert(String text) {
      var code = text.toUpperCase(Locale.ROOT);
      return checked(
          SHAPE.matcher(code).matches(), code, "no currency: write its code, such as CNY or USD");
    }
  }

  /** How long a budget lasts before it begins anew. */
  static final class Period implements ITypeConverter<String> {
    private static final Pattern SHAPE = Pattern.compile("day|month|total");

    @Override
    public String convert(String text) {
      return checked(SHAPE.matcher(text).matches(), text, "no period: write day, month or total");
    }
  }

  /** What the parts of a sum are named by. */
  static final class Parts implements ITypeConverter<String> {
    private static final Pattern SHAPE = Pattern.compile("day|model|provider|instance");

    @Override
    public String convert(String text) {
      return checked(
          SHAPE.matcher(text).matches(),
          text,
          "nothing to sum up by: write day, model, provider or instance");
    }
  }

  /** How far a message is on its way, in lower case whatever was typed. */
  static final class DeliveryState implements ITypeConverter<String> {
    private static final Pattern SHAPE =
        Pattern.compile("received|delivering|delivered|rejected|dead");

    @Override
    public String convert(String text) {
      var state = text.toLowerCase(Locale.ROOT);
      return checked(
          SHAPE.matcher(state).matches(),
          state,
          "no state: write received, delivering, delivered, rejected or dead");
    }
  }

  static final class Day implements ITypeConverter<LocalDate> {
    @Override
    public LocalDate convert(String text) {
      try {
        return LocalDate.parse(text);
      } catch (DateTimeException e) {
        throw refused(text, "no day: write it like 2026-11-01");
      }
    }
  }

  /** What a statement may be written as. */
  static final class FileFormat implements ITypeConverter<String> {
    private static final Pattern SHAPE = Pattern.compile("json|csv|pdf");

    @Override
    public String convert(String text) {
      return checked(SHAPE.matcher(text).matches(), text, "no format: write json, csv or pdf");
    }
  }

  static final class Month implements ITypeConverter<YearMonth> {
    @Override
    public YearMonth convert(String text) {
      try {
        return YearMonth.parse(text);
      } catch (DateTimeException e) {
        throw refused(text, "no month: write it like 2026-11");
      }
    }
  }

  static final class Time implements ITypeConverter<Instant> {
    @Override
    public Instant convert(String text) {
      try {
        return Instant.parse(text);
      } catch (DateTimeException e) {
        throw refused(text, "no time: write it like 2026-12-01T00:00:00Z");
      }
    }
  }

  /** A name that becomes a part of a path; see {@link Api#segment}. */
  static final class Name implements ITypeConverter<String> {
    @Override
    public String convert(String text) {
      // Dots would climb to another path, escaped or not.
      return checked(
          !text.isBlank() && !text.equals(".") && !text.equals(".."), text, "no name or id");
    }
  }

  private static String checked(boolean good, String text, String advice) {
    if (!good) {
      throw refused(text, advice);
    }
    return text;
  }

  private static TypeConversionException refused(String text, String advice) {
    return new TypeConversionException("'%s' is %s".formatted(text, advice));
  }

  private Typed() {}
}
