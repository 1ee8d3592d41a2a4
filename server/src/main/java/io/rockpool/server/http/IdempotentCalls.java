package io.rockpool.server.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Does the work of one key once, and gives everybody else the first one's answer. Those who come
 * while it works wait for it: on a latch if it works here, by looking again if on another replica.
 */
final class IdempotentCalls {
  static final String HEADER = "Idempotency-Key";
  static final String REPLAYED = "Idempotency-Replayed";

  private static final Pattern KEY = Pattern.compile("[\\x21-\\x7e]{1,255}");

  private record Place(String account, String key) {}

  private final IdempotencyStore store;
  private final InstantSource clock;
  private final HttpLimits limits;
  private final ConcurrentHashMap<Place, CountDownLatch> working = new ConcurrentHashMap<>();

  IdempotentCalls(IdempotencyStore store, InstantSource clock, HttpLimits limits) {
    this.store = store;
    this.clock = clock;
    this.limits = limits;
  }

  static boolean acceptable(String key) {
    return KEY.matcher(key).matches();
  }

  /** Tells requests apart. The parts' lengths count, so that no two lists of parts run together. */
  static String hash(String path, ByteBuffer body) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      var name = path.getBytes(StandardCharsets.UTF_8);
      digest.update((name.length + ":").getBytes(StandardCharsets.US_ASCII));
      digest.update(name);
      digest.update(body.duplicate());
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  Answer answer(String account, String key, String hash, Supplier<Answer> work)
      throws InterruptedException {
    var place = new Place(account, key);
    var deadline = System.nanoTime() + limits.keyWait().toNanos();
    while (true) {
      switch (store.begin(account, key, hash, clock.instant())) {
        case IdempotencyStore.New _ -> {
          return first(place, hash, work);
        }
        case IdempotencyStore.Replay(var answer) -> {
          return answer.header(REPLAYED, "true");
        }
        case IdempotencyStore.Mismatch _ -> {
          return Answer.of(
              Problem.Kind.IDEMPOTENCY_KEY_REUSED.detail(
                  "This Idempotency-Key came with another request within the last %d hours. Use a new key for a new request."
                      .formatted(IdempotencyStore.KEPT.toHours())));
        }
        case IdempotencyStore.InUse _ -> {
          var left = Duration.ofNanos(deadline - System.nanoTime());
          if (!left.isPositive()) {
            return Answer.of(
                Problem.Kind.IDEMPOTENCY_KEY_IN_USE.detail(
                    "The first request with this Idempotency-Key has not ended yet. Send the same request again later to get its answer."));
          }
          await(place, left);
        }
      }
    }
  }

  private void await(Place place, Duration left) throws InterruptedException {
    var here = working.get(place);
    var wait = left.compareTo(limits.keyPause()) < 0 ? left : limits.keyPause();
    if (here == null) {
      TimeUnit.NANOSECONDS.sleep(wait.toNanos());
    } else {
      var _ = here.await(left.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  /** What a repetition is told. A secret is not kept, not even for a day. */
  private static Answer kept(Answer answer) {
    return answer.headers().containsKey(Reply.SHOWN_ONCE)
        ? Answer.of(
            Problem.Kind.SHOWN_ONCE.detail(
                "This was done when the request came first, and its answer was shown once. Undo it and make a new one if you did not get it."))
        : answer;
  }

  private Answer first(Place place, String hash, Supplier<Answer> work) {
    var done = new CountDownLatch(1);
    working.put(place, done);
    var settled = false;
    try {
      var answer = work.get();
      if (answer.status() < 500 && answer.status() != 429) {
        // If this fails, the work is done all the same: the key stays held until it lapses.
        settled = true;
        store.finish(place.account(), place.key(), hash, kept(answer), clock.instant());
      }
      return answer;
    } finally {
      try {
        if (!settled) {
          store.abandon(place.account(), place.key(), hash);
        }
      } finally {
        working.remove(place, done);
        done.countDown();
      }
    }
  }
}
