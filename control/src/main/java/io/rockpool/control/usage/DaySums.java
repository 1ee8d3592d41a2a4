package io.rockpool.control.usage;

import io.rockpool.control.store.Sql;
import io.rockpool.control.usage.Books.Call;
import io.rockpool.control.usage.Books.Used;

/**
 * The sums of calls by day.
 *
 * @param sql a transaction
 */
record DaySums(Sql sql) {
  /**
   * A call, as it is added up.
   *
   * @param provider who answered last
   * @param estimated whether its tokens are Rockpool's own estimate, or a part of them is
   */
  record Summed(Used used, String provider, boolean estimated) {
    Summed ofModel(String name) {
      return new Summed(used.ofModel(name), provider, estimated);
    }

    Summed ofProvider(String name) {
      return new Summed(used, name, estimated);
    }
  }

  /** Adds a call to the sums, or takes it out of them again. */
  void add(Summed summed, int sign) {
    var used = summed.used();
    var call = used.call();
    if (!change(summed, sign)) {
      var there = there(call);
      var named = summed;
      if (there.models() >= Books.MOST_NAMES) {
        // Should it be taken back, it must be found where it was added.
        sql.update("UPDATE model_call SET model = ? WHERE id = ?", Books.OTHER, call.id());
        named = summed.ofModel(Books.OTHER);
      }
      insert(there.sums() < Books.MOST_SUMS ? named : named.ofProvider(Books.NO_PROVIDER), sign);
    }
    if (used.cost() != 0 && call.currency() != null) {
      sql.update(
          """
          INSERT INTO spend_day (account_id, day, currency, amount) VALUES (?, ?, ?, ?)
          ON CONFLICT (account_id, day, currency) DO UPDATE SET amount = spend_day.amount + excluded.amount
          """,
          call.account(),
          call.day(),
          call.currency(),
          sign * used.cost());
    }
  }

  /** Changes the sums that a call belongs to; false if there are none yet. */
  private boolean change(Summed summed, int sign) {
    var used = summed.used();
    var call = used.call();
    var tokens = used.tokens();
    return sql.update(
            """
            UPDATE usage_day SET calls = calls + ?, input = input + ?, cache_read = cache_read + ?,
              cache_write_5m = cache_write_5m + ?, cache_write_1h = cache_write_1h + ?, output = output + ?,
              reasoning = reasoning + ?, cost = cost + ?, estimated = estimated + ?
            WHERE instance_id = ? AND account_id = ? AND day = ? AND model = ? AND provider = ? AND currency = ?
            """,
            sign,
            sign * tokens.input(),
            sign * tokens.cacheRead(),
            sign * tokens.cacheWrite5m(),
            sign * tokens.cacheWrite1h(),
            sign * tokens.output(),
            sign * tokens.reasoning(),
            sign * used.cost(),
            summed.estimated() ? sign : 0,
            call.instance(),
            call.account(),
            call.day(),
            call.model(),
            summed.provider(),
            currency(call))
        == 1;
  }

  /**
   * What there is of an instance on a day.
   *
   * @param models others that are named
   */
  private record There(long sums, long models) {}

  private There there(Call call) {
    return sql.query(
            "SELECT COUNT(*), COUNT(DISTINCT CASE WHEN model NOT IN (?, ?) THEN model END) FROM usage_day WHERE instance_id = ? AND account_id = ? AND day = ?",
            row -> new There(row.getLong(1), row.getLong(2)),
            Books.OTHER,
            call.model(),
            call.instance(),
            call.account(),
            call.day())
        .getFirst();
  }

  private void insert(Summed summed, int sign) {
    var used = summed.used();
    var call = used.call();
    var tokens = used.tokens();
    sql.update(
        """
        INSERT INTO usage_day (instance_id, account_id, day, model, provider, currency, calls, input, cache_read,
          cache_write_5m, cache_write_1h, output, reasoning, cost, estimated)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (instance_id, account_id, day, model, provider, currency) DO UPDATE SET
          calls = usage_day.calls + excluded.calls, input = usage_day.input + excluded.input,
          cache_read = usage_day.cache_read + excluded.cache_read,
          cache_write_5m = usage_day.cache_write_5m + excluded.cache_write_5m,
          cache_write_1h = usage_day.cache_write_1h + excluded.cache_write_1h,
          output = usage_day.output + excluded.output, reasoning = usage_day.reasoning + excluded.reasoning,
          cost = usage_day.cost + excluded.cost, estimated = usage_day.estimated + excluded.estimated
        """,
        call.instance(),
        call.account(),
        call.day(),
        call.model(),
        summed.provider(),
        currency(call),
        sign,
        sign * tokens.input(),
        sign * tokens.cacheRead(),
        sign * tokens.cacheWrite5m(),
        sign * tokens.cacheWrite1h(),
        sign * tokens.output(),
        sign * tokens.reasoning(),
        sign * used.cost(),
        summed.estimated() ? sign : 0);
  }

  private static String currency(Call call) {
    return call.currency() == null ? "" : call.currency();
  }
}
