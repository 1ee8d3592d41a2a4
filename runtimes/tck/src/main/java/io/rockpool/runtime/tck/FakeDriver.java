package io.rockpool.runtime.tck;

import io.rockpool.runtime.ConfigSchemaSource;
import io.rockpool.runtime.Dozing;
import io.rockpool.runtime.DriverError;
import io.rockpool.runtime.HostMemory;
import io.rockpool.runtime.InstanceFiles;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.InstanceLogs;
import io.rockpool.runtime.InstanceSpec;
import io.rockpool.runtime.Listeners;
import io.rockpool.runtime.LiveFiles;
import io.rockpool.runtime.LogPage;
import io.rockpool.runtime.Metering;
import io.rockpool.runtime.Observation;
import io.rockpool.runtime.Outcome;
import io.rockpool.runtime.Placement;
import io.rockpool.runtime.RuntimeDriver;
import io.rockpool.runtime.Shortfall;
import io.rockpool.runtime.StateSize;
import io.rockpool.runtime.Usage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A runtime in memory. It passes the same contract as the real ones, and fails, waits and crashes
 * on command.
 *
 * <p>It understands a few programs: {@code exit N} ends at once with that code, {@code print LINE…}
 * writes lines and goes on running, {@code record VARIABLE PATH} writes a variable's value into a
 * file of its home and goes on running, {@code beat PATH} appends a line to a file of its home,
 * using a millisecond of processor time, whenever somebody looks and it is not frozen, {@code
 * listen VARIABLE PORT} takes the port of the address in a variable if it is free, {@code hold
 * BYTES} uses that much memory and goes on running, and a name that starts with {@code no-such-} is
 * not found. Anything else runs until it is stopped.
 */
public final class FakeDriver
    implements RuntimeDriver,
        InstanceLogs,
        LiveFiles,
        ConfigSchemaSource,
        Dozing,
        Metering,
        StateSize,
        Listeners {
  /**
   * What outlives a driver: two drivers on one ground are a server before and after its restart.
   * Safe for many threads.
   */
  public static final class Ground {
    private static final String ENDED = "ended";

    private final Map<InstanceId, Instance> instances = new TreeMap<>();
    private final Map<InstanceId, Integer> starts = new HashMap<>();
    private final Map<InstanceId, Integer> dozes = new HashMap<>();
    private final Map<InstanceId, Integer> wakes = new HashMap<>();
    private final Map<Verb, Queue<Runnable>> before = new EnumMap<>(Verb.class);
    private final Map<Verb, Queue<Runnable>> after = new EnumMap<>(Verb.class);
    private final Map<Verb, Queue<DriverError>> faults = new EnumMap<>(Verb.class);
    private final Queue<DriverError> anyFaults = new ArrayDeque<>();
    private URI gateway = URI.create("http://127.0.0.1:1");
    private @Nullable String listenerHost;
    private boolean listensForReal;
    private List<Shortfall> sleepLacks = List.of();
    private HostMemory memory = new HostMemory(8L << 30, 8L << 30, 8L << 30, 8L << 30);
    private @Nullable String configSchema;
    private @Nullable Path register;
    private long lastPid = 1000;
    private int startsNow;
    private int mostStartsAtOnce;

    /** The next verb that can fail fails with this, once, and changes nothing. */
    public synchronized void failNext(DriverError error) {
      anyFaults.add(error);
    }

    /** The next call of this verb fails with this, once, and changes nothing. */
    public synchronized void failNext(Verb verb, DriverError error) {
      if (verb == Verb.OBSERVE || verb == Verb.LIST) {
        throw new IllegalArgumentException("%s has no way to fail".formatted(verb));
      }
      faults.computeIfAbsent(verb, _ -> new ArrayDeque<>()).add(error);
    }

    /** The next call of this verb waits at the gate before it does anything. */
    public Gate holdNext(Verb verb) {
      var gate = new Gate();
      add(before, verb, gate::pass);
      return gate;
    }

    /** The next call of this verb throws a {@link FakeCrash} before it does anything. */
    public void crashBefore(Verb verb) {
      add(
          before,
          verb,
          () -> {
            throw new FakeCrash(verb);
          });
    }

    /** The next call of this verb does its work and then throws a {@link FakeCrash}. */
    public void crashAfter(Verb verb) {
      add(
          after,
          verb,
          () -> {
            throw new FakeCrash(verb);
          });
    }

    /** The instance's process dies by itself, as by {@code kill -9}. */
    public synchronized void kill(InstanceId id) {
      var instance = instances.get(id);
      if (instance == null || !instance.lives()) {
        throw new IllegalStateException("%s does not run".formatted(id));
      }
      instance.seen = new Observation.Exited(137, "The process was killed.");
    }

    /** Where running instances are said to be reached; started ones move as well. */
    public synchronized void gatewayAt(URI uri) {
      gateway = uri;
      for (var instance : instances.values()) {
        instance.seen =
            switch (instance.seen) {
              case Observation.Running running -> moved(running);
              case Observation.Frozen(var awake) -> new Observation.Frozen(moved(awake));
              case Observation.Absent _, Observation.Stopped _, Observation.Exited _ ->
                  instance.seen;
            };
      }
    }

    /**
     * Where all running instances are said to listen, for real: whoever is at that address is taken
     * for the instance that is asked about.
     */
    public synchronized void listenersAt(String host) {
      listenerHost = host;
      listensForReal = true;
      gatewayAt(gateway);
    }

    private String listenerHost() {
      return listenerHost == null ? gateway.getHost() : listenerHost;
    }

    private Observation.Running moved(Observation.Running running) {
      return new Observation.Running(
          running.generation(),
          gateway,
          listenerHost == null ? running.listenerHost() : listenerHost,
          running.placement(),
          running.shortfalls());
    }

    /**
     * From now on instances outlive this JVM, as processes of a host do: those that an earlier one
     * started run here, without their files.
     *
     * @param file where starts and ends are written; created when it is missing
     */
    public synchronized void outlive(Path file) {
      register = file;
      try {
        if (Files.exists(file)) {
          Files.readAllLines(file).forEach(this::readOn);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private void readOn(String line) {
      var words = line.split(" ", 2);
      var id = new InstanceId(words[0]);
      if (words[1].equals(ENDED)) {
        instances.remove(id);
      } else {
        var instance = new Instance();
        instance.seen = started(Long.parseLong(words[1]));
        instances.put(id, instance);
      }
    }

    /** A new process. */
    private Observation.Running started(long generation) {
      lastPid++;
      return new Observation.Running(
          generation,
          gateway,
          listenerHost(),
          new Placement("fake", Map.of("pid", lastPid)),
          List.of());
    }

    private void note(InstanceId id, String what) {
      if (register != null) {
        try {
          Files.writeString(
              register,
              id.value() + " " + what + "\n",
              StandardOpenOption.CREATE,
              StandardOpenOption.APPEND);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }

    /**
     * What instances that are frozen from now on are told to lack, see {@link Observation.Frozen}.
     */
    public synchronized void sleepLacks(List<Shortfall> shortfalls) {
      sleepLacks = List.copyOf(shortfalls);
    }

    /** What {@link FakeDriver#memory()} answers from now on. */
    public synchronized void showMemory(HostMemory shown) {
      memory = shown;
    }

    /** What the instance is said to use from now on, until it is started anew. */
    public synchronized void showUsage(InstanceId id, Usage shown) {
      existing(id).usage = shown;
    }

    /** What {@link FakeDriver#configSchema()} answers from now on. */
    public synchronized void showConfigSchema(String schema) {
      configSchema = schema;
    }

    /** How often a process was really started for this instance. */
    public synchronized int starts(InstanceId id) {
      return starts.getOrDefault(id, 0);
    }

    /** How often this instance was really frozen: not when it was before. */
    public synchronized int dozes(InstanceId id) {
      return dozes.getOrDefault(id, 0);
    }

    /** How often this instance was really woken, by {@code wake} or {@code start}. */
    public synchronized int wakes(InstanceId id) {
      return wakes.getOrDefault(id, 0);
    }

    /** The most calls of {@code start} that were under way at the same time. */
    public synchronized int mostStartsAtOnce() {
      return mostStartsAtOnce;
    }

    /** A file of the instance's home, as its user sees it. */
    public synchronized Optional<String> homeFile(InstanceId id, String path) {
      return Optional.ofNullable(instances.get(id)).map(instance -> instance.goOn().home.get(path));
    }

    /** The user changes a file of the instance's home. */
    public synchronized void writeHomeFile(InstanceId id, String path, String content) {
      existing(id).home.put(path, content);
    }

    /** A config or secret file, as the instance sees it. */
    public synchronized Optional<String> configFile(InstanceId id, String path) {
      return Optional.ofNullable(instances.get(id)).map(instance -> instance.config.get(path));
    }

    /** The instance writes a line. */
    public synchronized void print(InstanceId id, String line) {
      existing(id).lines.add(line);
    }

    private Instance existing(InstanceId id) {
      var instance = instances.get(id);
      if (instance == null) {
        throw new IllegalStateException("there is no instance %s".formatted(id));
      }
      return instance;
    }

    private synchronized void add(Map<Verb, Queue<Runnable>> hooks, Verb verb, Runnable hook) {
      hooks.computeIfAbsent(verb, _ -> new ArrayDeque<>()).add(hook);
    }

    private @Nullable Runnable next(Map<Verb, Queue<Runnable>> hooks, Verb verb) {
      synchronized (this) {
        var queue = hooks.get(verb);
        return queue == null ? null : queue.poll();
      }
    }

    private @Nullable DriverError nextFault(Verb verb) {
      var queue = faults.get(verb);
      var fault = queue == null ? null : queue.poll();
      return fault == null ? anyFaults.poll() : fault;
    }
  }

  private static final class Instance {
    Observation seen = new Observation.Stopped();
    final Map<String, String> home = new HashMap<>();
    final Map<String, String> config = new HashMap<>();
    final List<String> lines = new ArrayList<>();
    Usage usage = begun(0);
    @Nullable String beats;
    @Nullable String listens;

    boolean lives() {
      return switch (seen) {
        case Observation.Running _, Observation.Frozen _ -> true;
        case Observation.Absent _, Observation.Stopped _, Observation.Exited _ -> false;
      };
    }

    /** Its program goes on a little, if it can. */
    Instance goOn() {
      if (beats != null && seen instanceof Observation.Running) {
        home.merge(beats, "beat\n", String::concat);
        usage =
            new Usage(
                usage.memoryBytes(),
                usage.swapBytes(),
                usage.cpu().plus(Duration.ofMillis(1)),
                usage.life());
      }
      return this;
    }
  }

  /** What a process uses that just began. */
  private static Usage begun(long pid) {
    return new Usage(0, 0, Duration.ZERO, "pid " + pid);
  }

  private final Ground ground;

  public FakeDriver(Ground ground) {
    this.ground = ground;
  }

  @Override
  public Outcome start(InstanceSpec spec) {
    synchronized (ground) {
      ground.startsNow++;
      ground.mostStartsAtOnce = Math.max(ground.mostStartsAtOnce, ground.startsNow);
    }
    try {
      return change(Verb.START, () -> place(spec));
    } finally {
      synchronized (ground) {
        ground.startsNow--;
      }
    }
  }

  @Override
  public Outcome stop(InstanceId id) {
    return change(
        Verb.STOP,
        () -> {
          var instance = ground.instances.get(id);
          if (instance == null) {
            return Outcome.done(new Observation.Absent());
          }
          instance.seen = new Observation.Stopped();
          ground.note(id, Ground.ENDED);
          return Outcome.done(instance.seen);
        });
  }

  @Override
  public Outcome destroy(InstanceId id) {
    return change(
        Verb.DESTROY,
        () -> {
          ground.instances.remove(id);
          ground.note(id, Ground.ENDED);
          return Outcome.done(new Observation.Absent());
        });
  }

  @Override
  public Observation observe(InstanceId id) {
    return call(
        Verb.OBSERVE,
        () -> {
          var instance = ground.instances.get(id);
          return instance == null ? new Observation.Absent() : instance.seen;
        });
  }

  @Override
  public List<InstanceId> list() {
    return call(Verb.LIST, () -> List.copyOf(ground.instances.keySet()));
  }

  @Override
  public Outcome replaceFiles(InstanceId id, InstanceFiles files) {
    return change(
        Verb.REPLACE_FILES,
        () -> {
          var instance = ground.instances.get(id);
          if (instance == null) {
            return refused("There is no instance %s: start it first.".formatted(id));
          }
          put(instance, files);
          return Outcome.done(instance.seen);
        });
  }

  @Override
  public Outcome doze(InstanceId id) {
    return change(
        Verb.DOZE,
        () -> {
          var instance = ground.instances.get(id);
          if (instance == null || !instance.lives()) {
            return refused("%s does not run: start it first.".formatted(id));
          }
          if (instance.seen instanceof Observation.Running running) {
            ground.dozes.merge(id, 1, Integer::sum);
            instance.seen = asleep(running);
          }
          return Outcome.done(instance.seen);
        });
  }

  @Override
  public Outcome wake(InstanceId id) {
    return change(
        Verb.WAKE,
        () -> {
          var instance = ground.instances.get(id);
          if (instance == null || !instance.lives()) {
            return refused("%s does not run: start it.".formatted(id));
          }
          rouse(id, instance);
          return Outcome.done(instance.seen);
        });
  }

  @Override
  public Optional<Usage> usage(InstanceId id) {
    synchronized (ground) {
      return Optional.ofNullable(ground.instances.get(id))
          .filter(Instance::lives)
          .map(instance -> instance.goOn().usage);
    }
  }

  @Override
  public OptionalLong stateBytes(InstanceId id) {
    synchronized (ground) {
      var instance = ground.instances.get(id);
      return instance == null
          ? OptionalLong.empty()
          : OptionalLong.of(
              Stream.of(instance.home, instance.config)
                  .flatMap(files -> files.values().stream())
                  .mapToLong(String::length)
                  .sum());
    }
  }

  @Override
  public boolean isListening(InstanceId id, String host, int port) {
    synchronized (ground) {
      var instance = ground.instances.get(id);
      return instance != null
          && instance.lives()
          && (ground.listensForReal || (host + ":" + port).equals(instance.listens));
    }
  }

  @Override
  public HostMemory memory() {
    synchronized (ground) {
      return ground.memory;
    }
  }

  private Observation.Frozen asleep(Observation.Running running) {
    var shortfalls = new ArrayList<>(running.shortfalls());
    shortfalls.addAll(ground.sleepLacks);
    return new Observation.Frozen(
        new Observation.Running(
            running.generation(),
            running.gateway(),
            running.listenerHost(),
            running.placement(),
            shortfalls));
  }

  private void rouse(InstanceId id, Instance instance) {
    if (instance.seen instanceof Observation.Frozen(var awake)) {
      ground.wakes.merge(id, 1, Integer::sum);
      instance.seen =
          new Observation.Running(
              awake.generation(),
              awake.gateway(),
              awake.listenerHost(),
              awake.placement(),
              List.of());
    }
  }

  @Override
  public LogPage read(InstanceId id, long position, int limit) {
    synchronized (ground) {
      var page = new ArrayList<String>();
      long at = 0;
      for (var line : lines(id)) {
        if (page.size() == limit) {
          break;
        }
        if (at >= position) {
          page.add(line);
        }
        at += line.getBytes(StandardCharsets.UTF_8).length + 1;
      }
      return new LogPage(page, Math.max(at, position));
    }
  }

  @Override
  public LogPage tail(InstanceId id, int limit) {
    synchronized (ground) {
      var lines = lines(id);
      long end = lines.stream().mapToLong(l -> l.getBytes(StandardCharsets.UTF_8).length + 1).sum();
      return new LogPage(lines.subList(Math.max(0, lines.size() - limit), lines.size()), end);
    }
  }

  @Override
  public Optional<String> configSchema() {
    synchronized (ground) {
      return Optional.ofNullable(ground.configSchema);
    }
  }

  private List<String> lines(InstanceId id) {
    var instance = ground.instances.get(id);
    return instance == null ? List.of() : instance.lines;
  }

  private Outcome place(InstanceSpec spec) {
    if (spec.command().isEmpty()) {
      return refused("The command is empty: name a program.");
    }
    var program = spec.command().getFirst();
    if (program.startsWith("no-such-")) {
      return refused("There is no program %s: name one that the runtime has.".formatted(program));
    }
    var instance = ground.instances.computeIfAbsent(spec.id(), _ -> new Instance());
    if (instance.seen instanceof Observation.Frozen(var awake)
        && awake.generation() == spec.generation()) {
      rouse(spec.id(), instance);
    }
    if (instance.seen instanceof Observation.Running running
        && running.generation() == spec.generation()) {
      return Outcome.done(running);
    }
    put(instance, spec.files());
    ground.starts.merge(spec.id(), 1, Integer::sum);
    var running = ground.started(spec.generation());
    ground.note(spec.id(), Long.toString(spec.generation()));
    instance.seen = running;
    instance.usage = begun(ground.lastPid);
    instance.beats = null;
    instance.listens = null;
    run(spec, running, instance);
    return Outcome.done(running);
  }

  private void run(InstanceSpec spec, Observation.Running running, Instance instance) {
    var command = spec.command();
    switch (command.getFirst()) {
      case "exit" ->
          instance.seen =
              new Observation.Exited(
                  Integer.parseInt(command.get(1)), "The program ended by itself.");
      case "print" -> instance.lines.addAll(command.subList(1, command.size()));
      case "beat" -> instance.beats = command.get(1);
      case "listen" -> {
        var address =
            spec.environment()
                    .getOrDefault(command.get(1), "")
                    .replace("{listener}", running.listenerHost())
                + ":"
                + command.get(2);
        if (ground.instances.values().stream()
            .noneMatch(it -> it.lives() && address.equals(it.listens))) {
          instance.listens = address;
        }
      }
      case "hold" ->
          instance.usage =
              new Usage(Long.parseLong(command.get(1)), 0, Duration.ZERO, instance.usage.life());
      case "record" ->
          instance.home.put(
              command.get(2),
              spec.environment()
                  .getOrDefault(command.get(1), "")
                  .replace("{home}", "/home/openclaw")
                  .replace("{config}", "/config")
                  .replace("{port}", "1")
                  .replace("{listener}", "127.0.0.1"));
      default -> {} // runs until it is stopped
    }
  }

  private static void put(Instance instance, InstanceFiles files) {
    instance.config.clear();
    instance.config.putAll(files.config());
    files.secrets().forEach((path, secret) -> instance.config.put(path, secret.reveal()));
    files.seeds().forEach(instance.home::putIfAbsent);
  }

  private Outcome change(Verb verb, Supplier<Outcome> work) {
    return call(
        verb,
        () -> {
          var fault = ground.nextFault(verb);
          return fault == null ? work.get() : Outcome.failed(fault);
        });
  }

  private <T> T call(Verb verb, Supplier<T> work) {
    run(ground.next(ground.before, verb)); // outside the lock: a held call must not hold others
    T result;
    synchronized (ground) {
      result = work.get();
    }
    run(ground.next(ground.after, verb));
    return result;
  }

  private static void run(@Nullable Runnable hook) {
    if (hook != null) {
      hook.run();
    }
  }

  private static Outcome refused(String advice) {
    return Outcome.failed(new DriverError.Refused(advice));
  }
}
