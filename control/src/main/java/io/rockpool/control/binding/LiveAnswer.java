package io.rockpool.control.binding;

import io.rockpool.channel.Bot;
import io.rockpool.channel.Limits;
import io.rockpool.channel.Outcome;
import io.rockpool.channel.Posted;
import io.rockpool.channel.Typing;
import io.rockpool.control.outbox.Address;
import io.rockpool.control.outbox.Outbox;
import io.rockpool.control.store.StoreException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows an answer while it is written: that somebody types, that he is waking up, and the words so
 * far, by editing what is posted. All of it is for the eye: what counts is said by the outbox,
 * which edits the same messages for the last time. One for each attempt; goes on with what an
 * earlier one has posted.
 */
final class LiveAnswer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LiveAnswer.class);

  /**
   * What is shown where nothing else is.
   *
   * @param words that he is waking up, in the reader's language
   * @param after so long
   */
  record Notice(String words, Duration after) {}

  /** Groups are allowed a third. */
  private static final int IN_GROUPS = 3;

  private static final Duration LONGEST_INTERVAL = Duration.ofSeconds(30);

  private final Outbox outbox;
  private final Bot bot;
  private final Limits limits;
  private final Address to;
  private final Notice notice;
  private final Map<Integer, Posted> posted = new HashMap<>();
  private final Map<Integer, String> shown = new HashMap<>();
  private final Thread thread;
  private Duration interval;
  private long showAt;
  private long noticeAt;
  private long typeAt;

  /** Nothing can be shown any more: it is not known what is there, or the platform refuses. */
  private boolean isBlind;

  /** Guarded by itself, as are the next two. */
  private final Object lock = new Object();

  private String text = "";
  private boolean isWaking = true;
  private boolean isClosed;

  /**
   * Begins at once.
   *
   * @param direct whether nobody else reads it
   */
  LiveAnswer(Outbox outbox, Bot bot, Limits limits, Address to, boolean direct, Notice notice) {
    this.outbox = outbox;
    this.bot = bot;
    this.limits = limits;
    this.to = to;
    this.notice = notice;
    this.interval = direct ? limits.betweenEdits() : limits.betweenEdits().multipliedBy(IN_GROUPS);
    var now = System.nanoTime();
    this.showAt = now;
    this.noticeAt = now + notice.after().toNanos();
    this.typeAt = now;
    outbox.drafts(to.key()).forEach(this::remember);
    this.thread = Thread.ofVirtual().name("answer").start(this::run);
  }

  private void remember(int part, @Nullable String id) {
    if (id == null) {
      isBlind = true; // it may be there; the words are said anew
    } else {
      posted.put(part, new Posted(to.place(), id));
    }
  }

  /** All that is written so far. Never waits. */
  void written(String soFar) {
    synchronized (lock) {
      text = soFar;
      lock.notifyAll();
    }
  }

  /** There is nothing to wait for but the answer itself. */
  void isAwake() {
    synchronized (lock) {
      isWaking = false;
    }
  }

  /** What is posted is left as it is; nothing is posted or edited after this returns. */
  @Override
  public void close() {
    synchronized (lock) {
      isClosed = true;
      lock.notifyAll();
    }
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true; // a call to the platform ends within seconds
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      for (var next = await(); next != null; next = await()) {
        show(next);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (StoreException | RejectedExecutionException e) {
      log.atWarn()
          .addKeyValue("delivery", to.key())
          .setCause(e)
          .log("An answer cannot be shown while it is written; it comes when it is whole");
    }
  }

  /** What is to be shown now; empty for nothing but that somebody types; null at the end. */
  private @Nullable String await() throws InterruptedException {
    synchronized (lock) {
      while (!isClosed) {
        var now = System.nanoTime();
        if (!isBlind && !text.isBlank() && !text.equals(shown.get(-1)) && now - showAt >= 0) {
          return text;
        }
        boolean needsNotice = !isBlind && isWaking && text.isBlank() && posted.isEmpty();
        if (needsNotice && now - noticeAt >= 0) {
          return notice.words();
        }
        if (now - typeAt >= 0) {
          return "";
        }
        var wait = typeAt - now;
        if (needsNotice) {
          wait = Math.min(wait, noticeAt - now);
        }
        if (!isBlind && !text.isBlank() && !text.equals(shown.get(-1))) {
          wait = Math.min(wait, showAt - now);
        }
        lock.wait(Math.max(1, wait / 1_000_000));
      }
      return null;
    }
  }

  private void show(String words) {
    if (words.isEmpty()) {
      typing();
      return;
    }
    if ((posted.isEmpty() && !outbox.isClear(to)) || outbox.isHeld(to)) {
      later(limits.betweenEdits());
      return;
    }
    var parts = limits.parts(words);
    for (int part = 0; part < parts.size(); part++) {
      if (!parts.get(part).isBlank() && !shown(part, parts.get(part))) {
        return;
      }
    }
    shown.put(-1, words);
    later(interval);
  }

  private void later(Duration pause) {
    showAt = System.nanoTime() + pause.toNanos();
    noticeAt = Math.max(noticeAt, showAt);
  }

  private void typing() {
    if (bot instanceof Typing typing) {
      typing.typing(to.place());
      typeAt = System.nanoTime() + typing.again().toNanos();
    } else {
      typeAt = System.nanoTime() + LONGEST_INTERVAL.toNanos();
    }
  }

  /** Whether it is, so that the next part may be. */
  private boolean shown(int part, String words) {
    if (words.equals(shown.get(part))) {
      return true;
    }
    var before = posted.get(part);
    if (before == null && !outbox.beginDraft(to, part)) {
      isBlind = true;
      return false;
    }
    var outcome = before == null ? bot.send(to.place(), words) : bot.edit(before, words);
    return switch (outcome) {
      case Outcome.Done<Posted>(var now) -> {
        if (before == null) {
          outbox.drafted(to, part, now.id());
          posted.put(part, now);
        }
        shown.put(part, words);
        yield true;
      }
      case Outcome.Later<Posted>(var pause, _) -> {
        drop(part, before);
        outbox.hold(to, pause);
        var doubled = interval.multipliedBy(2);
        interval = doubled.compareTo(LONGEST_INTERVAL) < 0 ? doubled : LONGEST_INTERVAL;
        later(pause.compareTo(interval) > 0 ? pause : interval);
        yield false;
      }
      case Outcome.Refused<Posted> _ -> {
        drop(part, before);
        isBlind = true;
        yield false;
      }
      case Outcome.Unknown<Posted> _ -> {
        isBlind = before == null;
        later(interval);
        yield false;
      }
    };
  }

  private void drop(int part, @Nullable Posted before) {
    if (before == null) {
      outbox.dropDraft(to, part);
    }
  }
}
