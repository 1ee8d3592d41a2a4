package io.rockpool.control.usage;

import io.rockpool.control.store.Sql;
import io.rockpool.control.usage.Books.Call;
import io.rockpool.control.usage.Books.Reached;
import io.rockpool.control.usage.Books.TokensReached;
import io.rockpool.control.usage.Quota.Measure;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The rows of the ledger that quotas are measured by.
 *
 * @param sql a transaction, where rows are changed
 */
record QuotaBooks(Sql sql) {
  /** Quotas that bind an instance of an account, as they stand now. */
  List<Meter> meters(String account, String instance, List<Quotas.Owned> quotas, Instant now) {
    return quotas.stream().map(it -> meter(account, instance, it, now)).toList();
  }

  private Meter meter(String account, String instance, Quotas.Owned owned, Instant now) {
    var quota = owned.quota();
    var today = LocalDate.ofInstant(now, ZoneOffset.UTC);
    var underWay =
        quota.tokensPerDay().isPresent() || quota.callsAtOnce().isPresent()
            ? underWay(Whose.of(account, instance, owned, today), today)
            : UnderWay.NOTHING;
    return new Meter(
        owned.owner(),
        quota,
        quota.tokensPerDay().isPresent()
            ? tokens(Whose.of(account, instance, owned, today), today)
            : 0,
        underWay.tokens(),
        underWay.calls(),
        level(owned.owner(), Measure.REQUESTS_PER_MINUTE, quota.requestsPerMinute(), now),
        level(owned.owner(), Measure.TOKENS_PER_MINUTE, quota.tokensPerMinute(), now));
  }

  private record UnderWay(long calls, long tokens) {
    static final UnderWay NOTHING = new UnderWay(0, 0);
  }

  private UnderWay underWay(Whose whose, LocalDate today) {
    return sql.query(
            "SELECT COUNT(*), COALESCE(SUM(CASE WHEN started_at >= ? THEN tokens ELSE 0 END), 0) FROM reservation WHERE "
                + whose.condition(),
            row -> new UnderWay(row.getLong(1), row.getLong(2)),
            whose.after(Whose.millisOf(today)))
        .getFirst();
  }

  private long tokens(Whose whose, LocalDate today) {
    return sql.query(
            "SELECT COALESCE(SUM(input + cache_read + cache_write_5m + cache_write_1h + output), 0) FROM usage_day WHERE day = ? AND "
                + whose.condition(),
            row -> row.getLong(1),
            whose.after(today.toEpochDay()))
        .getFirst();
  }

  private Level level(BudgetOwner owner, Measure measure, OptionalLong perMinute, Instant now) {
    return perMinute.isEmpty()
        ? Level.EMPTY
        : sql
            .query(
                "SELECT * FROM quota_level WHERE owner = ? AND measure = ?",
                row ->
                    new Level(row.getLong("drops"), Instant.ofEpochMilli(row.getLong("seen_at"))),
                owner.key(),
                measure.name())
            .stream()
            .findFirst()
            .orElse(Level.EMPTY)
            .at(now, perMinute.getAsLong());
  }

  /** Takes from the minute what a call is expected to use; returns how many tokens that were. */
  long take(List<Meter> meters, Ask ask) {
    long taken = 0;
    for (var meter : meters) {
      if (meter.quota().requestsPerMinute().isPresent()) {
        keep(meter.owner(), Measure.REQUESTS_PER_MINUTE, meter.requests().plus(1));
      }
      if (meter.quota().tokensPerMinute().isPresent()) {
        taken = ask.expected();
        keep(meter.owner(), Measure.TOKENS_PER_MINUTE, meter.tokens().plus(taken));
      }
    }
    return taken;
  }

  /** Takes so many tokens more from the minute, or gives them back. */
  void correct(List<Quotas.Owned> quotas, long more, Instant now) {
    for (var owned : quotas) {
      var perMinute = owned.quota().tokensPerMinute();
      if (more != 0 && perMinute.isPresent()) {
        var level = level(owned.owner(), Measure.TOKENS_PER_MINUTE, perMinute, now);
        keep(owned.owner(), Measure.TOKENS_PER_MINUTE, level.plus(more));
      }
    }
  }

  /** Keeps a level, unless its owner is gone. */
  private void keep(BudgetOwner owner, Measure measure, Level level) {
    var kind = owner.kindName();
    sql.update(
        """
        INSERT INTO quota_level (owner, measure, %s_id, drops, seen_at)
        SELECT ?, ?, id, ?, ? FROM %s WHERE id = ?
        ON CONFLICT (owner, measure) DO UPDATE SET drops = excluded.drops, seen_at = excluded.seen_at
        """
            .formatted(kind, kind),
        owner.key(),
        measure.name(),
        level.drops(),
        level.seenAt().toEpochMilli(),
        owner.id());
  }

  /** The same for the tokens of the call's day. */
  List<Reached> usedUp(Call call, List<Quotas.Owned> quotas) {
    var all = new ArrayList<Reached>();
    var day = LocalDate.ofInstant(call.started(), ZoneOffset.UTC);
    for (var owned : quotas) {
      var limit = owned.quota().tokensPerDay();
      if (limit.isPresent()
          && tokens(Whose.of(call.account(), call.instance(), owned, day), day)
              >= limit.getAsLong()) {
        usedUp(call.instance(), owned.owner(), limit.getAsLong(), call.started())
            .ifPresent(all::add);
      }
    }
    return all;
  }

  /** Notes that a day's tokens are used up; empty if that was known. */
  Optional<Reached> usedUp(String instance, BudgetOwner owner, long tokensPerDay, Instant now) {
    var today = LocalDate.ofInstant(now, ZoneOffset.UTC);
    return Announced.note(sql, owner, Announced.TOKENS_PER_DAY, today, 100)
        ? Optional.of(new TokensReached(instance, owner, tokensPerDay))
        : Optional.empty();
  }
}
