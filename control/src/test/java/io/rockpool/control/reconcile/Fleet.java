package io.rockpool.control.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.control.account.Actor;
import io.rockpool.control.event.Event;
import io.rockpool.control.event.Events;
import io.rockpool.control.instance.Admission;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.InstanceStore;
import io.rockpool.control.instance.Instances;
import io.rockpool.control.instance.Instances.Taken;
import io.rockpool.control.instance.NewInstance;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.instance.SqlInstanceStore;
import io.rockpool.control.instance.SqlMemberStore;
import io.rockpool.control.instance.TestBlueprints;
import io.rockpool.control.plan.Plan;
import io.rockpool.control.plan.Plans;
import io.rockpool.control.plan.SleepPolicy;
import io.rockpool.control.pool.Claims;
import io.rockpool.control.pool.PoolRules;
import io.rockpool.control.store.Sql;
import io.rockpool.control.store.TestDatabase;
import io.rockpool.runtime.Dozing;
import io.rockpool.runtime.DriverError;
import io.rockpool.runtime.HostMemory;
import io.rockpool.runtime.InstanceFiles;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.InstanceSpec;
import io.rockpool.runtime.Limits;
import io.rockpool.runtime.LiveFiles;
import io.rockpool.runtime.Metering;
import io.rockpool.runtime.Observation;
import io.rockpool.runtime.Outcome;
import io.rockpool.runtime.Preparation;
import io.rockpool.runtime.RuntimeDriver;
import io.rockpool.runtime.Usage;
import io.rockpool.runtime.tck.FakeDriver;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;

/** Servers on one embedded database and one runtime in memory, with the real clock, and quick. */
final class Fleet implements AutoCloseable {
  static final Actor ADA = new Actor.User("ada");

  /** Limits that no test on a slow machine reaches by itself. */
  static final Timing QUICK = timing(Duration.ofSeconds(2), Duration.ofMinutes(1));

  final FakeDriver.Ground ground = new FakeDriver.Ground();
  final FakeDriver runtime = new FakeDriver(ground);
  final Set<InstanceId> silent = ConcurrentHashMap.newKeySet();
  final AtomicInteger probes = new AtomicInteger();
  final Sql sql;
  final InstanceStore store;
  final Events events;

  /** Instances without an owner: none, unless a test makes some. */
  final SqlMemberStore members;

  final Claims claims;
  final Instances instances;

  /** The same, through a replica that tells no server. */
  final Instances elsewhere;

  /** Whether gateways answer. */
  volatile boolean mute;

  /** What gateways say about the files they were handed. */
  volatile FilesProbe.Answer filesAnswer = FilesProbe.Answer.TAKEN;

  /** How often they were asked about them. */
  final AtomicInteger asked = new AtomicInteger();

  /** How often files were handed over. */
  final AtomicInteger handed = new AtomicInteger();

  /** What gateways say when they are asked to pause, and whether they did. */
  final Bed bed = new Bed();

  /** Who has a live connection to a chat platform. */
  final Set<InstanceId> sockets = ConcurrentHashMap.newKeySet();

  /** Those that fall asleep by themselves: not by default. */
  volatile Plans plans = plans(SleepPolicy.DEFAULT.never(true));

  /** What the host does not do: it says that it does not know. */
  final Set<InstanceId> stubborn = ConcurrentHashMap.newKeySet();

  /** How the next preparations end. */
  final Queue<Preparation.Result> preparations = new ConcurrentLinkedQueue<>();

  /** What there was of instances just before they were destroyed. */
  final Queue<Observation> lastSeen = new ConcurrentLinkedQueue<>();

  /** Whether starts are done, but not answered. */
  volatile boolean answersAreLost;

  private final Timing timing;
  private final TestDatabase database;
  private final List<Reconciler> servers = new CopyOnWriteArrayList<>();
  private final Set<InstanceId> touched = ConcurrentHashMap.newKeySet();
  private final Queue<String> overlaps = new ConcurrentLinkedQueue<>();

  Fleet(Path home, Timing timing) {
    this.timing = timing;
    database = TestDatabase.sqlite(home);
    sql = database.open();
    TestDatabase.reset(sql, "ada");
    store = new SqlInstanceStore(sql);
    events = new Events(sql, InstantSource.system());
    members = new SqlMemberStore(sql, events);
    claims = new Claims(members, new TestBlueprints(), new PoolRules(2, "free", "fake"));
    instances = instances(this::look);
    elsewhere = instances(() -> {});
  }

  private Instances instances(Runnable changed) {
    return new Instances(
        store,
        events,
        Plans.DEFAULT,
        Set.of("fake", "elsewhere"),
        "fake",
        new TestBlueprints(),
        claims,
        Admission.OPEN,
        changed,
        InstantSource.system());
  }

  /**
   * @param limit so long may a gateway need to start, or be silent
   */
  static Timing timing(Duration lease, Duration limit) {
    return new Timing(
        lease,
        Duration.ofMillis(5),
        Duration.ofMillis(20),
        Duration.ofHours(1),
        limit,
        limit,
        Duration.ofHours(1),
        Duration.ofMillis(10),
        Duration.ofMillis(80),
        4,
        Duration.ofHours(1),
        Duration.ofMillis(5));
  }

  /** One plan. */
  static Plans plans(SleepPolicy sleep) {
    return new Plans(List.of(new Plan("free", new Limits(256L << 20, 1_000, 64), sleep)));
  }

  Reconciler server() {
    return server(4);
  }

  Reconciler server(int startsAtOnce) {
    return server(store, new Host(), startsAtOnce);
  }

  /** A server whose store is called through {@code around}. */
  Reconciler server(Around around) {
    var between =
        InstanceStore.class.cast(
            Proxy.newProxyInstance(
                Fleet.class.getClassLoader(),
                new Class<?>[] {InstanceStore.class},
                (_, method, arguments) ->
                    around.call(
                        method.getName(),
                        () -> {
                          try {
                            return method.invoke(store, arguments);
                          } catch (InvocationTargetException e) {
                            throw new IllegalStateException(e.getCause());
                          }
                        })));
    return server(between, new Host(), 4);
  }

  interface Around {
    @Nullable Object call(String method, Callable<@Nullable Object> goOn) throws Exception;
  }

  Reconciler server(InstanceStore store, RuntimeDriver driver, int startsAtOnce) {
    var server =
        new Reconciler(
            store,
            events,
            Map.of("fake", driver),
            new TestBlueprints(),
            new Reconciler.Probes(
                this::answers,
                (_, _) -> {
                  asked.incrementAndGet();
                  return filesAnswer;
                },
                bed,
                it -> lastSeen.add(runtime.observe(it.id())),
                sockets::contains),
            plans,
            timing,
            startsAtOnce,
            InstantSource.system(),
            RandomGenerator.of("L64X128MixRandom"));
    servers.add(server);
    server.start();
    return server;
  }

  private boolean answers(InstanceId id) {
    probes.incrementAndGet();
    return !mute
        && !silent.contains(id)
        && !bed.paused.contains(id)
        && runtime.observe(id) instanceof Observation.Running;
  }

  /** Somebody changed something. */
  void look() {
    servers.forEach(Reconciler::look);
  }

  InstanceId create(String config) {
    return create(config, null);
  }

  InstanceId create(String config, @Nullable String runtimeName) {
    var wish = new NewInstance(null, null, runtimeName, List.of(), config, null);
    var taken = instances.create(ADA, "ada", wish);
    assertThat(taken).isInstanceOf(Taken.Accepted.class);
    return ((Taken.Accepted) taken).instance().id();
  }

  InstanceId running(String config) {
    var id = create(config);
    until(id, Phase.RUNNING);
    return id;
  }

  Instance get(InstanceId id) {
    return store.find(ADA, id).orElseThrow();
  }

  Instance until(InstanceId id, Phase phase) {
    patiently()
        .untilAsserted(() ->
            assertThat(get(id)).satisfies(it -> assertThat(it.status().phase()).isEqualTo(phase)));
    return get(id);
  }

  void untilGone(InstanceId id) {
    patiently().until(() -> store.find(ADA, id).isEmpty());
  }

  /** Of the process that runs; 0 while there is none. */
  long generation(InstanceId id) {
    return switch (runtime.observe(id)) {
      case Observation.Running running -> running.generation();
      case Observation.Frozen(var running) -> running.generation();
      case Observation.Absent _, Observation.Stopped _, Observation.Exited _ -> 0;
    };
  }

  static ConditionFactory patiently() {
    // A killed server's threads end with an error.
    return await()
        .dontCatchUncaughtExceptions()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(5));
  }

  List<Event> said(InstanceId id) {
    return events.after(id, 0, 1_000);
  }

  String ready(InstanceId id) {
    return get(id).status().condition("Ready").orElseThrow().message();
  }

  @Override
  public void close() {
    servers.forEach(Reconciler::close);
    database.close();
    assertThat(overlaps).as("one instance is worked on by one at a time").isEmpty();
  }

  /** The same runtime without any ability. */
  RuntimeDriver plainHost() {
    var host = new Host();
    return RuntimeDriver.class.cast(
        Proxy.newProxyInstance(
            Fleet.class.getClassLoader(),
            new Class<?>[] {RuntimeDriver.class},
            (_, method, arguments) -> method.invoke(host, arguments)));
  }

  /** The runtime as a server sees it; notices when two work on one instance at once. */
  final class Host implements RuntimeDriver, LiveFiles, Preparation, Dozing, Metering {
    private final FakeDriver driver = new FakeDriver(ground);

    @Override
    public Outcome start(InstanceSpec spec) {
      var outcome = alone(spec.id(), () -> driver.start(spec));
      bed.paused.remove(spec.id()); // a new process knows of no pause
      return answersAreLost
          ? Outcome.failed(new DriverError.Unknown("The runtime did not answer."))
          : outcome;
    }

    @Override
    public Outcome stop(InstanceId id) {
      return alone(id, () -> driver.stop(id));
    }

    @Override
    public Outcome destroy(InstanceId id) {
      return stubborn.contains(id)
          ? Outcome.failed(new DriverError.Unknown("The runtime did not answer."))
          : alone(id, () -> driver.destroy(id));
    }

    @Override
    public Observation observe(InstanceId id) {
      return alone(id, () -> driver.observe(id));
    }

    @Override
    public List<InstanceId> list() {
      return driver.list();
    }

    @Override
    public Outcome replaceFiles(InstanceId id, InstanceFiles files) {
      handed.incrementAndGet();
      return alone(id, () -> driver.replaceFiles(id, files));
    }

    @Override
    public Outcome doze(InstanceId id) {
      return alone(id, () -> driver.doze(id));
    }

    @Override
    public Outcome wake(InstanceId id) {
      return alone(id, () -> driver.wake(id));
    }

    @Override
    public Optional<Usage> usage(InstanceId id) {
      return driver.usage(id);
    }

    @Override
    public HostMemory memory() {
      return driver.memory();
    }

    @Override
    public Result prepare(Consumer<Progress> progress) {
      progress.accept(new Progress(0, "Fetching OpenClaw."));
      progress.accept(new Progress(50, "Fetching OpenClaw."));
      progress.accept(new Progress(100, "OpenClaw is there."));
      var result = preparations.poll();
      return result == null ? new Result.Ready() : result;
    }

    private <T> T alone(InstanceId id, Supplier<T> work) {
      if (!touched.add(id)) {
        overlaps.add(id.value());
      }
      try {
        return work.get();
      } finally {
        touched.remove(id);
      }
    }
  }

  /** Gateways that are asked to pause: a paused one answers nobody until it is told to go on. */
  final class Bed implements SleepProbe {
    final Set<InstanceId> paused = ConcurrentHashMap.newKeySet();
    final Set<InstanceId> resumed = ConcurrentHashMap.newKeySet();
    final AtomicInteger busyTimes = new AtomicInteger();
    volatile Answer answer = new Answer.Ready(null);

    @Override
    public Answer pause(InstanceId id, URI gateway) {
      if (busyTimes.getAndUpdate(it -> Math.max(0, it - 1)) > 0) {
        return new Answer.Busy("It answers a message.", Duration.ofSeconds(20));
      }
      var said = answer;
      if (said instanceof Answer.Ready) {
        paused.add(id);
      }
      return said;
    }

    @Override
    public void resume(InstanceId id, URI gateway) {
      if (runtime.observe(id) instanceof Observation.Running) {
        paused.remove(id);
        resumed.add(id);
      }
    }
  }

  /** What the store and the runtime know, for a failure's text. */
  @Override
  public String toString() {
    var lines = new ArrayList<String>();
    store.list(new Actor.Rockpool("test"), null, 9).forEach(it -> lines.add(it.toString()));
    runtime.list().forEach(id -> lines.add(id + ": " + runtime.observe(id)));
    return String.join("\n", lines);
  }
}
