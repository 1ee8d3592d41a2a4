package io.rockpool.edge.model;

import io.rockpool.control.net.Internet;
import io.rockpool.control.provider.AnswerLimit;
import io.rockpool.control.provider.Protocol;
import io.rockpool.control.provider.StreamedUsage;
import io.rockpool.control.store.Database;
import io.rockpool.control.store.GroupCommit;
import io.rockpool.control.store.Sql;
import io.rockpool.control.usage.Allowance;
import io.rockpool.control.usage.Bindings;
import io.rockpool.control.usage.Budget;
import io.rockpool.control.usage.BudgetOwner;
import io.rockpool.control.usage.Budgets;
import io.rockpool.control.usage.ExchangeRates;
import io.rockpool.control.usage.Ledger;
import io.rockpool.control.usage.Prices;
import io.rockpool.control.usage.Quota;
import io.rockpool.control.usage.Quotas;
import io.rockpool.control.usage.Usage;
import io.rockpool.edge.EdgeGround;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** A model gateway on a port of its own, with books, in front of whatever provider a test gives. */
final class ModelGround implements AutoCloseable {
  static final InstanceId ADA = new InstanceId("ada");
  static final String OWN = "rpk-ada";
  static final String CLIENT = "rpk_client";

  /** Keys of an instance that something keeps from running. */
  static final String OWN_HELD = "rpk-held";

  static final String CLIENT_HELD = "rpk_client_held";
  static final Secret REAL = Secret.of("sk-operator");
  static final String CHAT = "/llm/v1/chat/completions";
  static final String MESSAGES = "/llm/anthropic/v1/messages";
  static final Instant NOW = Instant.parse("2026-11-22T08:00:00Z");

  /** What a provider answers. */
  interface Script {
    void answer(Request request, Response response, Callback callback) throws Exception;
  }

  /** A request as a provider saw it. */
  record Seen(String target, HttpFields headers, String body) {}

  final List<Seen> seen = new CopyOnWriteArrayList<>();
  final EdgeGround.Meter meter = new EdgeGround.Meter();
  final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  final Sql sql;
  final Ledger ledger;
  final Prices prices;

  /** Of the gateways that are started from now on. */
  Duration idle = Duration.ofSeconds(30);

  private final Budgets budgets;
  private final Quotas quotas;
  private final Deque<AutoCloseable> closing = new ArrayDeque<>();
  private final InstantSource clock = InstantSource.fixed(NOW);

  ModelGround(Path folder) {
    var database = Database.sqlite(folder.resolve("rockpool.db"));
    closing.push(database);
    sql = database.sql();
    sql.update("INSERT INTO account (id, name, operator, created_at) VALUES ('bob', 'Bob', 0, 0)");
    sql.update(
        """
        INSERT INTO instance (id, account_id, name, plan, runtime, agents, config, goal, generation,
          process_generation, created_at, updated_at, phase, status, due_at, lease_until)
        VALUES ('ada', 'bob', 'Ada', 'free', 'process', '[]', '{}', 'running', 1, 1, 0, 0, 'RUNNING', '{}', 0, 0)
        """);
    var commits = new GroupCommit(sql);
    closing.push(commits);
    prices = new Prices(sql, clock);
    var bindings = new Bindings(sql, _ -> Allowance.UNBOUND, clock);
    budgets = new Budgets(sql, bindings);
    quotas = new Quotas(sql, bindings);
    ledger =
        new Ledger(
            sql,
            commits,
            bindings,
            new ExchangeRates(sql, clock),
            Ledger.Announcements.UNHEARD,
            clock);
    closing.push(http::shutdownNow);
  }

  static Optional<ModelKeys.Holder> holder(Secret key) {
    if (key.equals(Secret.of(OWN))) {
      return Optional.of(new ModelKeys.Holder("own", ADA, "bob", true, Optional.empty()));
    }
    if (key.equals(Secret.of(OWN_HELD)) || key.equals(Secret.of(CLIENT_HELD))) {
      boolean own = key.equals(Secret.of(OWN_HELD));
      return Optional.of(
          new ModelKeys.Holder("k2", ADA, "bob", own, Optional.of("Nobody pays. Pay for it.")));
    }
    return key.equals(Secret.of(CLIENT))
        ? Optional.of(new ModelKeys.Holder("k1", ADA, "bob", false, Optional.empty()))
        : Optional.empty();
  }

  /** Starts a provider; the port. */
  int provider(Script script) {
    var server =
        EdgeGround.serve(
            new Handler.Abstract() {
              @Override
              public boolean handle(Request request, Response response, Callback callback)
                  throws Exception {
                seen.add(
                    new Seen(
                        request.getHttpURI().getPathQuery(),
                        HttpFields.build(request.getHeaders()).asImmutable(),
                        Content.Source.asString(request)));
                script.answer(request, response, callback);
                return true;
              }
            });
    closing.push(() -> EdgeGround.stop(server));
    return EdgeGround.port(server);
  }

  /** Starts a provider that hangs up after so many bytes of each request; the port. */
  int hangingUp(int bytes) {
    try {
      var server = new ServerSocket(0);
      closing.push(server);
      Thread.ofVirtual()
          .start(() -> {
            while (!server.isClosed()) {
              try (var socket = server.accept()) {
                socket.getInputStream().readNBytes(bytes);
                socket.setSoLinger(true, 0);
              } catch (IOException e) {
                // The next one, or closed.
              }
            }
          });
      return server.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Starts a provider that answers the first request on each connection, and says it may be used
   * again; there the next one finds the connection ended. The port.
   *
   * @param wait from the next request's arrival to the end
   */
  int forgetful(String answer, Duration wait) {
    try {
      var server = new ServerSocket(0);
      closing.push(server);
      Thread.ofVirtual()
          .start(() -> {
            while (!server.isClosed()) {
              try {
                var socket = server.accept();
                Thread.ofVirtual().start(() -> once(socket, answer, wait));
              } catch (IOException closed) {
                return;
              }
            }
          });
      return server.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void once(Socket socket, String answer, Duration wait) {
    try (socket) {
      var in = socket.getInputStream();
      read(in);
      socket
          .getOutputStream()
          .write(
              "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                  .formatted(answer.length(), answer)
                  .getBytes(StandardCharsets.UTF_8));
      read(in);
      LockSupport.parkNanos(wait.toNanos());
    } catch (IOException gone) {
      // So is the gateway.
    }
  }

  /** A request whose head says how long it is, to its end. */
  private void read(InputStream in) throws IOException {
    var head = new StringBuilder();
    while (!head.toString().endsWith("\r\n\r\n")) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException();
      }
      head.append((char) next);
    }
    var length =
        head.toString()
            .lines()
            .filter(it -> it.regionMatches(true, 0, "content-length:", 0, 15))
            .mapToInt(it -> Integer.parseInt(it.substring(15).strip()))
            .sum();
    var body = new String(in.readNBytes(length), StandardCharsets.UTF_8);
    seen.add(new Seen(head.substring(0, head.indexOf("\r\n")), HttpFields.EMPTY, body));
  }

  /**
   * Starts a provider that reads each request to its end, and hangs up without a word; the port.
   */
  int speechless() {
    return provider((request, _, callback) -> {
      request.getConnectionMetaData().getConnection().getEndPoint().close();
      callback.succeeded();
    });
  }

  static ModelUpstream upstream(int port) {
    return upstream(port, Duration.ofSeconds(20));
  }

  static ModelUpstream upstream(int port, Duration silence) {
    return upstream(port, silence, Optional.empty());
  }

  static ModelUpstream upstream(int port, Optional<AnswerLimit> limit) {
    return upstream(port, Duration.ofSeconds(20), limit);
  }

  private static ModelUpstream upstream(int port, Duration silence, Optional<AnswerLimit> limit) {
    var base = URI.create("http://127.0.0.1:" + port + "/openai/v1/");
    return new ModelUpstream(
        "test",
        base,
        REAL,
        Optional.empty(),
        8_192,
        limit,
        StreamedUsage.ASKED,
        silence,
        ModelUpstream.Payer.OPERATOR,
        ModelUpstream.Reach.ANYWHERE);
  }

  /** Starts a gateway; the port. */
  int gateway(ModelUpstream... upstreams) {
    return gateway(ModelLimits.DEFAULT, upstreams);
  }

  int gateway(ModelLimits limits, ModelUpstream... upstreams) {
    return gateway(
        limits,
        new ModelUpstreams() {
          @Override
          public List<ModelUpstream> of(String accountId, Protocol protocol, String model) {
            return List.of(upstreams);
          }

          @Override
          public List<String> models(String accountId, Protocol protocol) {
            return List.of();
          }
        });
  }

  int gateway(ModelLimits limits, ModelUpstreams upstreams) {
    var server =
        EdgeGround.serve(
            new ModelGateway(
                upstreams,
                new Internet(List.of(), Set.of()),
                ModelGround::holder,
                ledger,
                prices,
                limits,
                meter,
                CallWatch.UNHEARD,
                clock));
    closing.push(() -> EdgeGround.stop(server));
    for (var connector : server.getConnectors()) {
      ((AbstractConnector) connector).setIdleTimeout(idle.toMillis());
    }
    return EdgeGround.port(server);
  }

  /** Starts a provider and a gateway in front of it; the gateway's port. */
  int gateway(Script script) {
    return gateway(upstream(provider(script)));
  }

  void price(String model, io.rockpool.control.usage.Price price) {
    prices.put(new Prices.Dated(model, Instant.EPOCH, price));
  }

  void budget(Budget budget) {
    budgets.put(BudgetOwner.of(ADA), budget);
  }

  void quota(Quota quota) {
    quotas.put(BudgetOwner.of(ADA), quota);
  }

  /** What is booked of all calls. */
  List<Usage.Day> usage() {
    var today = LocalDate.ofInstant(NOW, ZoneOffset.UTC);
    return new Usage(sql).of(ADA, "bob", today, today);
  }

  static HttpRequest.Builder request(int gateway, String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway + path));
  }

  static HttpRequest.Builder post(int gateway, String path, String key, String body) {
    return request(gateway, path)
        .header("Authorization", "Bearer " + key)
        .POST(BodyPublishers.ofString(body));
  }

  HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
    return http.send(request.build(), BodyHandlers.ofString());
  }

  static void json(Response response, Callback callback, String body) {
    response.getHeaders().put("Content-Type", "application/json");
    response.write(true, ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8)), callback);
  }

  /** Answers with events, each written alone. */
  static void events(Response response, Callback callback, String... events) {
    response.getHeaders().put("Content-Type", "text/event-stream");
    try {
      for (var event : events) {
        Content.Sink.write(response, false, event, Callback.NOOP);
      }
      callback.succeeded();
    } catch (RuntimeException e) {
      callback.failed(e);
    }
  }

  @Override
  public void close() {
    while (!closing.isEmpty()) {
      try {
        closing.pop().close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
