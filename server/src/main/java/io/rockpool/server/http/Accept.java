package io.rockpool.server.http;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * {@code Accept}: in which of its shapes a client wants an answer. A route that reads it names its
 * other shapes with {@link Route#files}.
 *
 * @param value media types with commas between them
 */
public record Accept(String value) implements Header {
  private record Wish(String type, double weight) {}

  /**
   * The one of {@code types} that is wanted most; the earlier of equals. Empty where none is.
   *
   * @param types media types in lower case, without parameters
   */
  public Optional<String> preferred(List<String> types) {
    var wishes = Arrays.stream(value.split(",", -1)).limit(50).map(Accept::wish).toList();
    return types.stream()
        .map(type -> new Wish(type, weight(wishes, type)))
        .filter(it -> it.weight() > 0)
        .max(
            Comparator.comparingDouble(Wish::weight)
                .thenComparingInt(it -> -types.indexOf(it.type())))
        .map(Wish::type);
  }

  /** What the most exact wish about a type says (RFC 9110, 12.5.1). */
  private static double weight(List<Wish> wishes, String type) {
    for (var range : List.of(type, type.replaceFirst("/.*", "/*"), "*/*")) {
      var wish = wishes.stream().filter(it -> it.type().equals(range)).findFirst();
      if (wish.isPresent()) {
        return wish.get().weight();
      }
    }
    return 0;
  }

  private static Wish wish(String text) {
    var parts = text.toLowerCase(Locale.ROOT).split(";", -1);
    double weight = 1;
    for (int i = 1; i < parts.length; i++) {
      var parameter = parts[i].strip();
      if (parameter.matches("q=[01](\\.[0-9]{0,3})?")) {
        weight = Double.parseDouble(parameter.substring(2));
      }
    }
    return new Wish(parts[0].strip(), weight);
  }
}
