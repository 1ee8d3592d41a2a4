package io.rockpool.control.outbox;

import io.rockpool.channel.Limits;
import io.rockpool.control.account.Actor;
import io.rockpool.control.outbox.OutboxStore.Due;
import io.rockpool.control.store.GroupCommit;
import io.rockpool.control.store.Sql;
import io.rockpool.control.store.StoreException;
import io.rockpool.control.vault.Vault;
import io.rockpool.control.vault.Vault.SealedBytes;
import io.rockpool.runtime.InstanceId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What Rockpool says at chat platforms. What was put here is on the disk, encrypted by its
 * account's data key, and a {@link Sender} says it. One for each server.
 *
 * <p>An answer that is shown while it is written begins with drafts: messages of ours that are
 * posted before all of their words are known. They are written down here, so that whoever goes on
 * with the answer edits them and posts no others.
 */
public final class Outbox implements AutoCloseable {
  private static final String PURPOSE = "outbox";

  /** Of a draft for which the answer turned out too short. */
  private static final String NOTHING = "…";

  private static final int ATTEMPTS = 10;
  private static final int MOST_LANES = 10_000;
  private static final int SWEPT_AT_ONCE = 500;

  /**
   * What is in it, of all instances.
   *
   * @param oldest how long the oldest of these is there; zero without any
   */
  public record Counts(long pending, long sending, Duration oldest) {}

  /** A place in the list of an instance's messages. */
  public record Position(Instant createdAt, String id) {
    public static Position of(OutboxMessage message) {
      return new Position(message.createdAt(), message.id());
    }
  }

  /** Words for {@link #put}, cut into messages and encrypted. */
  public static final class Words {
    private final Address to;
    private final List<SealedBytes> parts;

    private Words(Address to, List<SealedBytes> parts) {
      this.to = to;
      this.parts = List.copyOf(parts);
    }
  }

  private final OutboxStore store;
  private final GroupCommit writes;
  private final Vault vault;
  private final OutboxRules rules;
  private final InstantSource clock;

  /** Lanes that have something to do; empty where somebody should look for them. */
  private final BlockingQueue<Optional<Due>> lanes = new ArrayBlockingQueue<>(MOST_LANES);

  public Outbox(Sql sql, Vault vault, OutboxRules rules, InstantSource clock) {
    this.store = new OutboxStore(sql, rules);
    // What was begun must be known after a loss of power, too, or it is said twice.
    this.writes = GroupCommit.durable(sql);
    this.vault = vault;
    this.rules = rules;
    this.clock = clock;
  }

  /**
   * Stores what is to be said, in place of the drafts of its key.
   *
   * @param text cut into messages; blank ones are left out
   * @return false when something was said under this key before; then nothing happened
   * @throws StoreException when the database failed; it may have been stored all the same, and the
   *     next time says so
   * @throws RejectedExecutionException when too much waits for the database, or the server stops
   * @throws io.rockpool.control.vault.VaultException when it cannot be encrypted now
   */
  public boolean say(Address to, String text, Limits limits) {
    long version = 0;
    for (int attempt = 1; ; attempt++) {
      var words = seal(to, text, limits);
      try {
        var said = writes.run(to.laneId(), it -> put(it, words));
        if (said) {
          arrived(to);
        }
        return said;
      } catch (StoreException e) {
        // The data key may have been replaced just now, and the rows refer to it.
        var sealedBy = words.parts.isEmpty() ? 0 : words.parts.getFirst().keyVersion();
        if (attempt == ATTEMPTS || sealedBy == version) {
          throw e;
        }
        version = sealedBy;
        vault.readAnew(to.accountId());
      }
    }
  }

  /** Words for {@link #put}: encrypted before the transaction, for which that is too slow. */
  public Words seal(Address to, String text, Limits limits) {
    var texts = new ArrayList<>(limits.parts(text).stream().filter(it -> !it.isBlank()).toList());
    long drafts = store.drafts(to.key()).values().stream().filter(Objects::nonNull).count();
    while (texts.size() < drafts) {
      texts.add(NOTHING);
    }
    var parts = new ArrayList<SealedBytes>();
    for (int part = 0; part < texts.size(); part++) {
      parts.add(vault.seal(name(to, part), texts.get(part).getBytes(StandardCharsets.UTF_8)));
    }
    return new Words(to, parts);
  }

  /** The same as {@link #say}, in a transaction that does more. Tell {@link #ring} afterwards. */
  public boolean put(Sql transaction, Words words) {
    return store.put(transaction, words.to, words.parts, clock.instant());
  }

  /** Whether something was said under this key. */
  public boolean isSaid(String key) {
    return store.isSaid(key);
  }

  /** Whether a draft that is posted there now stands behind all that was said before. */
  public boolean isClear(Address to) {
    return store.isClear(to.laneId());
  }

  /** Whether the platform wants a pause there. */
  public boolean isHeld(Address to) {
    return store.isHeld(to.connection(), to.place().chat(), clock.instant());
  }

  /** The platform wants a pause there. */
  public void hold(Address to, Duration pause) {
    var now = clock.instant();
    writes.run(
        to.laneId(),
        it -> {
          store.hold(it, to.connection(), to.place().chat(), false, now.plus(pause), now);
          return true;
        });
  }

  /**
   * Notes that a draft is about to be posted.
   *
   * @return false when that was noted before: it may be there, or it has its words
   */
  public boolean beginDraft(Address to, int part) {
    return writes.run(to.laneId(), it -> store.beginDraft(it, to, part, clock.instant()));
  }

  /** It is posted. */
  public void drafted(Address to, int part, String posted) {
    writes.run(
        to.laneId(),
        it -> {
          store.drafted(it, to.id(part), posted);
          return true;
        });
  }

  /** It was surely not posted. */
  public void dropDraft(Address to, int part) {
    writes.run(
        to.laneId(),
        it -> {
          store.dropDraft(it, to.id(part));
          return true;
        });
  }

  /**
   * The drafts of an answer: the platform's ids of messages by part, null for one of which nobody
   * knows whether it was posted.
   */
  public SortedMap<Integer, @Nullable String> drafts(String key) {
    return store.drafts(key);
  }

  /** In a transaction: what waits for a chat goes to another one from now on. */
  public void move(Sql transaction, String connection, String from, String to) {
    store.move(transaction, connection, from, to, clock.instant());
  }

  /**
   * Does something in a transaction that is on the disk when this returns, together with others.
   *
   * @param order what it locks first
   */
  public <T> T commit(String order, Function<Sql, T> work) {
    return writes.run(order, work);
  }

  /**
   * What was said for an instance, newest first; of those that the actor may see.
   *
   * @param state null for all
   * @param before of the last one of the page before; null for the first page
   */
  public List<OutboxMessage> list(
      Actor actor,
      InstanceId instance,
      @Nullable State state,
      @Nullable Position before,
      int limit) {
    return store.list(actor, instance, state, before, limit);
  }

  public Counts counts() {
    return store.counts(clock.instant());
  }

  /** Empty when it was shredded. */
  Optional<String> words(OutboxMessage message) {
    var name = new Vault.Name(message.accountId(), PURPOSE, message.id());
    return store
        .sealed(message.id())
        .flatMap(sealed -> vault.open(name, sealed))
        .map(bytes -> new String(bytes, StandardCharsets.UTF_8));
  }

  private static Vault.Name name(Address to, int part) {
    return new Vault.Name(to.accountId(), PURPOSE, to.id(part));
  }

  OutboxStore store() {
    return store;
  }

  OutboxRules rules() {
    return rules;
  }

  Instant now() {
    return clock.instant();
  }

  /** Forgets what is not needed any more. */
  void sweep() {
    int swept;
    do {
      swept = writes.run("", it -> store.sweep(it, clock.instant(), SWEPT_AT_ONCE));
    } while (swept == SWEPT_AT_ONCE);
  }

  private void arrived(Address to) {
    arrived(new Due(to.laneId(), to.connection(), to.place().chat()));
  }

  /** When too many wait it is found by a look. */
  void arrived(Due lane) {
    var _ = lanes.offer(Optional.of(lane));
  }

  /** Makes the sender look. */
  public void ring() {
    var _ = lanes.offer(Optional.empty());
  }

  /** Waits for a lane that has something to do; empty when it is time to look for others. */
  Optional<Due> awaitLane(Duration patience) throws InterruptedException {
    var lane = lanes.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
    return lane == null ? Optional.empty() : lane;
  }

  /** Whoever waits for a commit is told that the server stops. */
  @Override
  public void close() {
    writes.close();
  }
}
