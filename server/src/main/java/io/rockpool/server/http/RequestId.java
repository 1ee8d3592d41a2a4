package io.rockpool.server.http;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Names one request, in the answer's {@code X-Request-Id} and in the log. */
public final class RequestId {
  /** The id of the request that this thread serves: 1 to 64 letters, digits and dashes. */
  public static final ScopedValue<String> CURRENT = ScopedValue.newInstance();

  private static final Pattern ACCEPTED = Pattern.compile("[A-Za-z0-9-]{1,64}");

  /** The client's own id if it is a harmless one, else a new one. */
  static String of(@Nullable String sent) {
    return sent != null && ACCEPTED.matcher(sent).matches() ? sent : fresh(16);
  }

  /** A new name of so many hexadecimal digits. No secret: it only tells requests apart. */
  static String fresh(int digits) {
    return HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong(), digits);
  }

  private RequestId() {}
}
