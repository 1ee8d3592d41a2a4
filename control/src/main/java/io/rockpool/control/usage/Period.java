package io.rockpool.control.usage;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;

/** How long a budget lasts before it begins anew. Days and months are those of UTC. */
public enum Period {
  DAY,
  MONTH,
  /** Never anew. */
  TOTAL;

  /** The first day of the window that {@code now} is in. */
  LocalDate start(Instant now) {
    var today = LocalDate.ofInstant(now, ZoneOffset.UTC);
    return switch (this) {
      case DAY -> today;
      case MONTH -> today.withDayOfMonth(1);
      case TOTAL -> LocalDate.EPOCH;
    };
  }
}
