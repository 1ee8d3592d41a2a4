package io.rockpool.control.statement;

import io.rockpool.control.account.Actor;
import io.rockpool.control.metering.ResourcePrices;
import io.rockpool.control.metering.ResourceUsage;
import io.rockpool.control.store.Sql;
import io.rockpool.control.usage.Usage;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Statements of accounts. That of a month under way says what is known by now. Two days after the
 * month, when all calls of its last day are booked, it is closed: what the first reader is told
 * then is kept, and told to every other, whatever prices are set later. Where Rockpool was away at
 * the month's end, not before its instances were looked at again.
 */
public final class Statements {
  static final Duration CLOSED_AFTER = Duration.ofDays(2);

  /** Nobody waits longer for a look at an instance; one may be impossible to look at. */
  static final Duration CLOSED_AT_LAST = Duration.ofDays(9);

  /** Statements that were kept before a number or a flag was there are without it. */
  private static final JsonMapper JSON =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES).build();

  private static final Actor BOOKS = new Actor.Rockpool("statements");

  private final Sql sql;
  private final InstantSource clock;

  public Statements(Sql sql, InstantSource clock) {
    this.sql = sql;
    this.clock = clock;
  }

  /**
   * The statement of an account for a month: empty where the actor may not see that account, or
   * there is none of this name. Only operators and Rockpool see what the month cost.
   */
  public Optional<Statement> read(Actor actor, String account, YearMonth month) {
    if (!actor.maySee(account)) {
      return Optional.empty();
    }
    return sql
        .query("SELECT name FROM account WHERE id = ?", row -> row.getString("name"), account)
        .stream()
        .findFirst()
        .map(name -> read(actor, account, name, month));
  }

  private Statement read(Actor actor, String account, String name, YearMonth month) {
    var isOperator = !(actor instanceof Actor.User);
    var closed = kept(account, month);
    if (closed.isEmpty() && !isClosed(account, month)) {
      var open = made(account, name, month, false);
      return isOperator ? open : open.forAccount();
    }
    if (closed.isPresent() && !isOperator) {
      return closed.get();
    }
    var now = made(account, name, month, true);
    var told = closed.orElseGet(() -> close(now.forAccount()));
    return isOperator ? told.withCostsOf(now) : told;
  }

  /**
   * A month of which there is something to state.
   *
   * @param closed whether its statement does not change any more
   */
  public record Month(YearMonth month, boolean closed) {}

  /**
   * The months of an account, the latest first; empty where the actor may not see that account, or
   * there is none of this name.
   */
  public Optional<List<Month>> months(Actor actor, String account) {
    if (!actor.maySee(account)
        || sql.query("SELECT 1 FROM account WHERE id = ?", _ -> true, account).isEmpty()) {
      return Optional.empty();
    }
    var ofDays =
        sql
            .query(
                """
                SELECT day FROM plan_day WHERE account_id = ? UNION SELECT day FROM usage_day WHERE account_id = ?
                UNION SELECT day FROM resource_day WHERE account_id = ?
                """,
                row -> YearMonth.from(LocalDate.ofEpochDay(row.getLong("day"))),
                account,
                account,
                account)
            .stream();
    var kept =
        sql.query(
            "SELECT month FROM statement WHERE account_id = ?",
            row -> YearMonth.parse(row.getString("month")),
            account);
    return Optional.of(
        Stream.concat(ofDays, kept.stream())
            .distinct()
            .sorted(Comparator.reverseOrder())
            .map(it -> new Month(it, kept.contains(it) || isClosed(account, it)))
            .toList());
  }

  /** The month of now (UTC). */
  public YearMonth current() {
    return YearMonth.from(clock.instant().atZone(ZoneOffset.UTC));
  }

  private boolean isClosed(String account, YearMonth month) {
    var end = month.plusMonths(1).atDay(1).atStartOfDay(ZoneOffset.UTC).toInstant();
    var now = clock.instant();
    return !now.isBefore(end.plus(CLOSED_AFTER))
        && (!now.isBefore(end.plus(CLOSED_AT_LAST)) || isBooked(account, end));
  }

  /** Whether what the instances of an account used up to then is in the books. */
  private boolean isBooked(String account, Instant end) {
    return sql.query(
            """
            SELECT 1 FROM resource_sample s JOIN instance i ON i.id = s.instance_id
            WHERE i.account_id = ? AND i.goal <> 'gone' AND s.at < ? LIMIT 1
            """,
            _ -> true,
            account,
            end.toEpochMilli())
        .isEmpty();
  }

  /** Keeps it, unless another reader was faster; returns what is kept. */
  private Statement close(Statement statement) {
    if (statement.hasNothing()) {
      return statement; // whoever asks for months without end fills no table
    }
    keep(statement, clock.instant());
    return kept(statement.account(), statement.month()).orElseThrow();
  }

  private Statement made(String account, String name, YearMonth month, boolean closed) {
    var from = month.atDay(1);
    var to = month.atEndOfMonth();
    var resources = new ResourceUsage(sql);
    return Statement.of(
        new Statement.Sources(
            account,
            name,
            month,
            closed,
            instanceNames(account),
            resources.planDays(account, from, to),
            new Usage(sql).of(account, from, to),
            resources.of(account, from, to),
            new ResourcePrices(sql).all(BOOKS)));
  }

  private Map<String, String> instanceNames(String account) {
    return sql
        .query(
            "SELECT id, name FROM instance WHERE account_id = ?",
            row -> Map.entry(row.getString("id"), row.getString("name")),
            account)
        .stream()
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  private Optional<Statement> kept(String account, YearMonth month) {
    return sql
        .query(
            "SELECT body FROM statement WHERE account_id = ? AND month = ?",
            row -> JSON.readValue(row.getString("body"), Statement.class),
            account,
            month.toString())
        .stream()
        .findFirst();
  }

  private void keep(Statement statement, Instant now) {
    sql.update(
        """
        INSERT INTO statement (account_id, month, closed_at, body) VALUES (?, ?, ?, ?)
        ON CONFLICT (account_id, month) DO NOTHING
        """,
        statement.account(),
        statement.month().toString(),
        now.toEpochMilli(),
        JSON.writeValueAsString(statement));
  }
}
