package io.rockpool.server.http;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Keys in memory. It passes the same contract as the real store. */
final class MemoryIdempotencyStore implements IdempotencyStore {
  private record Key(String account, String key) {}

  private record Row(String requestHash, @Nullable Answer answer, Instant until) {}

  private final Map<Key, Row> rows = new HashMap<>();

  @Override
  public synchronized Begun begin(String account, String key, String requestHash, Instant now) {
    var place = new Key(account, key);
    var row = rows.get(place);
    if (row == null || !now.isBefore(row.until())) {
      rows.put(place, new Row(requestHash, null, now.plus(HELD)));
      return new New();
    }
    if (!row.requestHash().equals(requestHash)) {
      return new Mismatch();
    }
    var answer = row.answer();
    return answer == null ? new InUse() : new Replay(answer);
  }

  @Override
  public synchronized void finish(
      String account, String key, String requestHash, Answer answer, Instant now) {
    rows.computeIfPresent(
        new Key(account, key),
        (_, row) ->
            row.answer() == null && row.requestHash().equals(requestHash)
                ? new Row(requestHash, answer, now.plus(KEPT))
                : row);
  }

  @Override
  public synchronized void abandon(String account, String key, String requestHash) {
    rows.computeIfPresent(
        new Key(account, key),
        (_, row) -> row.answer() == null && row.requestHash().equals(requestHash) ? null : row);
  }
}
