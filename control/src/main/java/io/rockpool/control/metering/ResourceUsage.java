package io.rockpool.control.metering;

import io.rockpool.control.instance.Instance;
import io.rockpool.control.money.Money;
import io.rockpool.control.store.Sql;
import io.rockpool.runtime.InstanceId;
import java.math.BigInteger;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What instances used of their hosts, by day. Who may see it is not decided here: ask for the
 * instance, or decide on the account, first.
 */
public final class ResourceUsage {
  /** What an instance used on a day (UTC), on a rung. */
  public record Day(String instance, LocalDate day, Rung rung, Quantities quantities) {}

  /**
   * A day (UTC) on which an account had an instance.
   *
   * @param plan of the instance when it was first seen on that day
   * @param price what the plan cost a month, then; null where it had no price
   * @param collected whether the payment provider collects that
   */
  public record PlanDay(
      String instance, LocalDate day, String plan, @Nullable Money price, boolean collected) {}

  /**
   * A look at an instance.
   *
   * @param before the last one; empty where there is none
   * @param price of its plan; null where it has none
   */
  record Look(Instance instance, Optional<Sample> before, Sample now, @Nullable Money price) {}

  private final Sql sql;

  public ResourceUsage(Sql sql) {
    this.sql = sql;
  }

  /** What an instance of an account used from one day to another, both included; newest first. */
  public List<Day> of(InstanceId instance, String account, LocalDate from, LocalDate to) {
    return sql.query(
        """
        SELECT * FROM resource_day WHERE instance_id = ? AND account_id = ? AND day >= ? AND day <= ?
        ORDER BY day DESC, rung
        """,
        ResourceUsage::day,
        instance.value(),
        account,
        from.toEpochDay(),
        to.toEpochDay());
  }

  /** What all instances of an account used, those that are gone included; by instance and day. */
  public List<Day> of(String account, LocalDate from, LocalDate to) {
    return sql.query(
        "SELECT * FROM resource_day WHERE account_id = ? AND day >= ? AND day <= ? ORDER BY instance_id, day, rung",
        ResourceUsage::day,
        account,
        from.toEpochDay(),
        to.toEpochDay());
  }

  /** The instances that an account had, those that are gone included; by instance and day. */
  public List<PlanDay> planDays(String account, LocalDate from, LocalDate to) {
    return sql.query(
        "SELECT * FROM plan_day WHERE account_id = ? AND day >= ? AND day <= ? ORDER BY instance_id, day",
        row -> {
          var currency = row.getString("currency");
          return new PlanDay(
              row.getString("instance_id"),
              LocalDate.ofEpochDay(row.getLong("day")),
              row.getString("plan"),
              currency.isEmpty()
                  ? null
                  : new Money(Money.currency(currency), row.getLong("amount")),
              row.getLong("collected") == 1);
        },
        account,
        from.toEpochDay(),
        to.toEpochDay());
  }

  private static Day day(ResultSet row) throws SQLException {
    return new Day(
        row.getString("instance_id"),
        LocalDate.ofEpochDay(row.getLong("day")),
        Rung.valueOf(row.getString("rung")),
        Quantities.of(
            row.getLong("millis"),
            row.getLong("cpu_millis"),
            row.getLong("memory_byte_seconds"),
            row.getLong("storage_byte_seconds")));
  }

  /** What was last seen, by instance. */
  Map<InstanceId, Sample> last() {
    var all = new HashMap<InstanceId, Sample>();
    sql.query(
            "SELECT * FROM resource_sample",
            row -> Map.entry(new InstanceId(row.getString("instance_id")), sample(row)))
        .forEach(it -> all.put(it.getKey(), it.getValue()));
    return all;
  }

  /** The same of one. */
  Optional<Sample> last(InstanceId instance) {
    return sql
        .query(
            "SELECT * FROM resource_sample WHERE instance_id = ?",
            ResourceUsage::sample,
            instance.value())
        .stream()
        .findFirst();
  }

  private static Sample sample(ResultSet row) throws SQLException {
    var counter = row.getLong("counter");
    var life = row.getString("life");
    return new Sample(
        Instant.ofEpochMilli(row.getLong("at")),
        Rung.valueOf(row.getString("rung")),
        life == null ? Optional.empty() : Optional.of(new Sample.Counter(life, counter)),
        row.getLong("memory"),
        row.getLong("storage"),
        Instant.ofEpochMilli(row.getLong("storage_at")));
  }

  /**
   * Books what was used since the last looks, all or nothing. A look whose {@code before} is not
   * the last one any more changes nothing: another server was here, and has booked that.
   */
  void book(List<Look> looks) {
    sql.transaction(it -> {
      looks.forEach(look -> book(it, look));
      return true;
    });
  }

  private static void book(Sql it, Look look) {
    if (look.before().isEmpty()) {
      if (insert(it, look)) {
        var createdAt = look.instance().createdAt();
        var isNew = createdAt.isAfter(look.now().at().minus(Interval.LOOKED));
        add(it, look, isNew ? Sample.beginning(createdAt) : look.now());
      }
    } else if (replace(it, look, look.before().get())) {
      add(it, look, look.before().get());
    }
  }

  /** Not without an instance: it may be gone meanwhile. */
  private static boolean insert(Sql it, Look look) {
    var now = look.now();
    return it.update(
            """
            INSERT INTO resource_sample (instance_id, at, rung, life, counter, memory, storage, storage_at)
            SELECT id, CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS BIGINT),
              CAST(? AS BIGINT), CAST(? AS BIGINT)
            FROM instance WHERE id = ?
            ON CONFLICT (instance_id) DO NOTHING
            """,
            now.at().toEpochMilli(),
            now.rung().name(),
            now.counter().map(Sample.Counter::life).orElse(null),
            now.counter().map(Sample.Counter::cpuMillis).orElse(null),
            now.memoryBytes(),
            now.storageBytes(),
            now.storageAt().toEpochMilli(),
            look.instance().id().value())
        == 1;
  }

  private static boolean replace(Sql it, Look look, Sample before) {
    var now = look.now();
    return it.update(
            """
            UPDATE resource_sample SET at = ?, rung = ?, life = ?, counter = ?, memory = ?, storage = ?, storage_at = ?
            WHERE instance_id = ? AND at = ?
            """,
            now.at().toEpochMilli(),
            now.rung().name(),
            now.counter().map(Sample.Counter::life).orElse(null),
            now.counter().map(Sample.Counter::cpuMillis).orElse(null),
            now.memoryBytes(),
            now.storageBytes(),
            now.storageAt().toEpochMilli(),
            look.instance().id().value(),
            before.at().toEpochMilli())
        == 1;
  }

  private static void add(Sql it, Look look, Sample last) {
    var instance = look.instance();
    // It may have been its owner's for less than that: before, it waited in the pool.
    var before = last.notBefore(instance.createdAt());
    for (var part : new Interval(before, look.now()).parts()) {
      var quantities = part.quantities();
      it.update(
          """
          INSERT INTO resource_day (instance_id, account_id, day, rung, millis, cpu_millis, memory_byte_seconds,
            storage_byte_seconds)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?)
          ON CONFLICT (instance_id, account_id, day, rung) DO UPDATE SET
            millis = resource_day.millis + excluded.millis, cpu_millis = resource_day.cpu_millis + excluded.cpu_millis,
            memory_byte_seconds = resource_day.memory_byte_seconds + excluded.memory_byte_seconds,
            storage_byte_seconds = resource_day.storage_byte_seconds + excluded.storage_byte_seconds
          """,
          instance.id().value(),
          instance.accountId(),
          part.day().toEpochDay(),
          part.rung().name(),
          quantities.millis(),
          quantities.cpuMillis(),
          exact(quantities.memoryByteSeconds()),
          exact(quantities.storageByteSeconds()));
    }
    if (isCharged(look)) {
      charge(it, look, day(before.at()));
    }
  }

  /** Nobody pays for what Rockpool keeps from running, nor for what never ran. */
  private static boolean isCharged(Look look) {
    var instance = look.instance();
    return instance.term().hold() == null
        && (instance.status().appliedGeneration() > 0 || look.now().counter().isPresent());
  }

  private static void charge(Sql it, Look look, LocalDate from) {
    var instance = look.instance();
    var price = look.price();
    for (var day = from; !day.isAfter(day(look.now().at())); day = day.plusDays(1)) {
      it.update(
          """
          INSERT INTO plan_day (instance_id, account_id, day, plan, currency, amount, collected)
          VALUES (?, ?, ?, ?, ?, ?,
            (SELECT COUNT(*) FROM subscription WHERE account_id = ? AND plan = ? AND paid = 1))
          ON CONFLICT (instance_id, account_id, day) DO NOTHING
          """,
          instance.id().value(),
          instance.accountId(),
          day.toEpochDay(),
          instance.wanted().plan(),
          price == null ? "" : price.currency().getCurrencyCode(),
          price == null ? 0 : price.nanos(),
          instance.accountId(),
          instance.wanted().plan());
    }
  }

  private static long exact(BigInteger byteSeconds) {
    return byteSeconds.longValueExact();
  }

  private static LocalDate day(Instant time) {
    return LocalDate.ofInstant(time, ZoneOffset.UTC);
  }
}
