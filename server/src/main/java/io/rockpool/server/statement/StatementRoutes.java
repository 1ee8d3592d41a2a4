package io.rockpool.server.statement;

import static io.rockpool.server.http.Route.Method.GET;
import static io.rockpool.server.http.Route.Scope.READ;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.rockpool.control.account.Actor;
import io.rockpool.control.statement.Statement;
import io.rockpool.control.statement.Statements;
import io.rockpool.server.http.Accept;
import io.rockpool.server.http.Problem;
import io.rockpool.server.http.Problem.Kind;
import io.rockpool.server.http.Reply;
import io.rockpool.server.http.Route;
import java.time.DateTimeException;
import java.time.YearMonth;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** {@code /api/v1/accounts/{account}/statements}: what accounts owe for a month. */
public final class StatementRoutes {
  private static final String JSON = "application/json";
  private static final String CSV = "text/csv";
  private static final String PDF = "application/pdf";

  /** A shape of a statement. */
  public enum Format {
    JSON,
    CSV,
    PDF
  }

  /** In place of a month: that of now. */
  private static final String CURRENT = "current";

  /**
   * @param account its id; {@code me} for one's own
   * @param month e.g. 2026-11; {@code current} for that of now (UTC)
   * @param format in place of the header Accept, for a browser's links
   */
  public record Read(
      String account, String month, Optional<Format> format, Optional<Accept> accept) {
    public Read {
      if (!month.equals(CURRENT)) {
        month(month);
      }
    }

    YearMonth month(Statements statements) {
      return month.equals(CURRENT) ? statements.current() : month(month);
    }

    private static YearMonth month(String text) {
      try {
        if (text.matches("[0-9]{4}-[0-9]{2}")) {
          return YearMonth.parse(text);
        }
      } catch (DateTimeException e) {
        // said below
      }
      throw new IllegalArgumentException("a month looks like 2026-11");
    }

    Format shape() {
      return format
          .or(() ->
              accept
                  .flatMap(it -> it.preferred(List.of(JSON, CSV, PDF)))
                  .map(type ->
                      switch (type) {
                        case CSV -> Format.CSV;
                        case PDF -> Format.PDF;
                        default -> Format.JSON;
                      }))
          .orElse(Format.JSON);
    }
  }

  /**
   * @param account its id; {@code me} for one's own
   */
  public record ListAll(String account) {}

  /**
   * A month of which there is something to state.
   *
   * @param month e.g. 2026-11
   * @param closed whether its statement does not change any more
   */
  public record MonthView(String month, boolean closed) {}

  public record Months(List<MonthView> items) {}

  private final Statements statements;
  private final Function<Statement, byte[]> pdf;

  /**
   * @param pdf prints a statement
   */
  public StatementRoutes(Statements statements, Function<Statement, byte[]> pdf) {
    this.statements = statements;
    this.pdf = pdf;
  }

  public List<Route<?, ?>> routes() {
    return List.of(
        new Route<>(
            GET,
            "/api/v1/accounts/{account}/statements",
            "List the months of which there is a statement of an account, the latest first.",
            ListAll.class,
            Months.class,
            Set.of(Kind.UNKNOWN_ACCOUNT),
            READ,
            this::list),
        new Route<>(
                GET,
                "/api/v1/accounts/{account}/statements/{month}",
                "Show what an account owes for a month: its instances' plans, models and resources; to operators also what it cost.",
                Read.class,
                StatementView.class,
                Set.of(Kind.UNKNOWN_ACCOUNT),
                READ,
                this::read)
            .files(CSV, PDF));
  }

  private Reply<Months> list(Actor actor, ListAll wish) {
    return statements
        .months(actor, wish.account())
        .<Reply<Months>>map(months ->
            new Reply.Ok<>(
                new Months(
                    months.stream()
                        .map(it -> new MonthView(it.month().toString(), it.closed()))
                        .toList())))
        .orElseGet(() -> new Reply.Refused<>(Problem.unknownAccount(wish.account())));
  }

  private Reply<StatementView> read(Actor actor, Read wish) {
    return statements
        .read(actor, wish.account(), wish.month(statements))
        .map(it -> shaped(it, wish.shape()))
        .orElseGet(() -> new Reply.Refused<>(Problem.unknownAccount(wish.account())));
  }

  private Reply<StatementView> shaped(Statement statement, Format format) {
    return switch (format) {
      case JSON -> new Reply.Ok<>(StatementView.of(statement));
      case CSV ->
          new Reply.File<>(
              CSV + "; charset=utf-8",
              name(statement, "csv"),
              StatementCsv.of(statement).getBytes(UTF_8));
      case PDF -> new Reply.File<>(PDF, name(statement, "pdf"), pdf.apply(statement));
    };
  }

  private static String name(Statement statement, String ending) {
    return "statement-%s.%s".formatted(statement.month(), ending);
  }
}
