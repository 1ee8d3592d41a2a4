package io.rockpool.control.binding;

import io.rockpool.channel.Inbound;
import io.rockpool.control.account.Actor;
import io.rockpool.control.binding.BindingStore.Bound;
import io.rockpool.control.channel.Connection;
import io.rockpool.control.channel.Directory.Door;
import io.rockpool.control.channel.SharedMessages;
import io.rockpool.control.inbox.Accepted;
import io.rockpool.control.inbox.Content;
import io.rockpool.control.inbox.InboundMessage;
import io.rockpool.control.inbox.Inbox;
import io.rockpool.control.instance.InstanceStore;
import io.rockpool.control.outbox.Address;
import io.rockpool.control.outbox.Outbox;
import io.rockpool.control.store.Sql;
import io.rockpool.runtime.InstanceId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of what people write to a bot that many share: it goes to the inbox of their
 * instance; commands, and what strangers write, are answered here. Either is on the disk before it
 * is acknowledged, and what the platform sends again changes nothing.
 *
 * <p>In groups, strangers get no answer but to a code.
 */
public final class SharedBots implements SharedMessages {
  private static final Actor SERVER = new Actor.Rockpool("shared bots");
  private static final Duration WINDOW = Duration.ofMinutes(10);
  private static final int MOST_GUESSES = 5;

  /** Of all senders of a bot: with fifty bits to guess, for those who have many accounts. */
  private static final int MOST_GUESSES_OF_ALL = 1_000;

  /** Rockpool's own answers to one sender in a window. */
  private static final int MOST_ANSWERS = 20;

  private static final int MOST_REMEMBERED = 20_000;
  private static final int MOST_BOUND = 100;
  private static final int ID_BYTES = 8;

  /** The inbox and the outbox forget not sooner. */
  private static final Duration SEEN_FOR = Duration.ofDays(2);

  private static final Duration SWEEP_EVERY = Duration.ofMinutes(10);
  private static final int MOST_TRIES = 5;

  private final BindingStore store;
  private final InstanceStore instances;
  private final Inbox inbox;
  private final Outbox outbox;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final Seldom answers = new Seldom(MOST_ANSWERS, WINDOW, MOST_REMEMBERED);
  private volatile Instant sweepAt = Instant.EPOCH;

  public SharedBots(
      Bindings bindings,
      InstanceStore instances,
      Inbox inbox,
      Outbox outbox,
      InstantSource clock,
      RandomGenerator random) {
    this.store = bindings.store();
    this.instances = instances;
    this.inbox = inbox;
    this.outbox = outbox;
    this.clock = clock;
    this.random = random;
  }

  /** A message with all that is known of it. */
  private record Case(
      Door door, Inbound message, String bot, String messageId, Asked asked, Language language) {
    Connection connection() {
      return door.connection();
    }

    String key() {
      return InboundMessage.key(connection().id(), messageId);
    }

    Address answer() {
      var connection = connection();
      return new Address(
          key(),
          connection.id(),
          connection.platform(),
          null,
          connection.accountId(),
          message.place());
    }
  }

  /** What a command changes. */
  private sealed interface Effect {
    record None() implements Effect {}

    record Bind(String hash, InstanceId instance) implements Effect {}

    record Unbind(String binding) implements Effect {}

    record Guess() implements Effect {}
  }

  /** What is done about a message, as things are when it is looked at. */
  private record Plan(Effect effect, String answer) {}

  @Override
  public Accepted accept(Door door, Inbound message, Content content) {
    sweepSometimes();
    if (message.kind() == Inbound.Kind.MOVED) {
      return moved(door, message);
    }
    boolean isSaid =
        message.kind() == Inbound.Kind.MESSAGE || message.kind() == Inbound.Kind.COMMAND;
    if (!isSaid || message.sender().isEmpty() || message.place().chat().isEmpty()) {
      return Accepted.ACCEPTED; // what was pressed, edited, or done otherwise says nothing
    }
    var connection = door.connection();
    // Two notices of one message, such as Slack's of a mention, are one.
    var messageId = message.message().isEmpty() ? message.id() : "m:" + message.message();
    return accept(
        new Case(
            door,
            message,
            BindingStore.bot(connection),
            messageId,
            Asked.of(message, connection.identity()),
            Language.of(message.text())));
  }

  private Accepted accept(Case it) {
    for (int tries = 1; ; tries++) {
      var bound = store.find(it.bot(), it.message().sender());
      if (isForAssistant(it, bound)) {
        if (store.isSeen(it.key())) {
          return Accepted.DUPLICATE; // when it was answered here he was a stranger
        }
        var accepted = inbox.accept(question(it, bound.orElseThrow()));
        if (accepted != Accepted.GONE || tries == MOST_TRIES) {
          return accepted;
        }
      } else if (isIgnored(it, bound)) {
        return Accepted.ACCEPTED;
      } else {
        var done = carriedOut(it, plan(it, bound));
        if (done.isPresent()) {
          return done.get();
        }
        if (tries == MOST_TRIES) {
          return Accepted.FULL;
        }
      }
      // Somebody else changed what this was based on: look again.
    }
  }

  private static boolean isForAssistant(Case it, Optional<Bound> bound) {
    return bound.isPresent() && it.asked() instanceof Asked.Text(var text) && !text.isBlank();
  }

  /** In groups nothing is said to who is bound to nobody, nor about what has no text. */
  private static boolean isIgnored(Case it, Optional<Bound> bound) {
    return switch (it.asked()) {
      case Asked.Bind _ -> false;
      case Asked.Text _ -> !it.message().direct() || isEmptyStart(it, bound);
      case Asked.Unbind _, Asked.Status _, Asked.Help _ ->
          !it.message().direct() && bound.isEmpty() && isMessage(it);
    };
  }

  /** Somebody joined, something was pinned: platforms send such as messages without words. */
  private static boolean isEmptyStart(Case it, Optional<Bound> bound) {
    return it.message().text().isEmpty() && bound.isEmpty();
  }

  private static boolean isMessage(Case it) {
    return it.message().kind() == Inbound.Kind.MESSAGE;
  }

  /** "Stop" does not wait for what it is to stop. */
  private static InboundMessage question(Case it, Bound bound) {
    var text = ((Asked.Text) it.asked()).text();
    var message = it.message();
    boolean stops = text.equalsIgnoreCase("/stop");
    return new InboundMessage(
        it.connection().id(),
        it.messageId(),
        bound.instance(),
        bound.accountId(),
        it.connection().platform(),
        stops ? message.lane() + ":stop" : message.lane(),
        new Question(message.sender(), message.place(), message.direct(), text).content());
  }

  private Plan plan(Case it, Optional<Bound> bound) {
    var words = it.language();
    return switch (it.asked()) {
      case Asked.Bind(var code) -> binding(it, code);
      case Asked.Unbind _ ->
          bound
              .map(who -> new Plan(new Effect.Unbind(who.id()), words.unbound(who.name())))
              .orElseGet(() -> said(words.notBound()));
      case Asked.Status _ ->
          said(
              bound
                  .flatMap(who -> instances.find(SERVER, who.instance()))
                  .map(instance -> words.status(instance.name(), Health.of(instance)))
                  .orElseGet(words::notBound));
      case Asked.Help _ ->
          said(bound.map(who -> words.help(who.name())).orElseGet(words::stranger));
      case Asked.Text _ -> said(bound.isPresent() ? words.onlyText() : words.stranger());
    };
  }

  private static Plan said(String answer) {
    return new Plan(new Effect.None(), answer);
  }

  private Plan binding(Case it, String typed) {
    var now = clock.instant();
    var words = it.language();
    if (store.guesses(it.bot(), it.message().sender(), now, WINDOW) >= MOST_GUESSES
        || store.guesses(it.bot(), "", now, WINDOW) >= MOST_GUESSES_OF_ALL) {
      return said(words.tooManyGuesses());
    }
    var hash = Code.hash(typed);
    var found = hash.flatMap(code -> store.ofCode(code, now));
    if (hash.isEmpty() || found.isEmpty()) {
      return new Plan(new Effect.Guess(), words.wrongCode());
    }
    var instance = found.get().instance();
    return store.count(instance) >= MOST_BOUND
        ? said(words.crowded())
        : new Plan(new Effect.Bind(hash.get(), instance), words.bound(found.get().name()));
  }

  private enum Done {
    DONE,
    SEEN,
    CHANGED
  }

  /** Empty when things have changed meanwhile, and nothing was done. */
  private Optional<Accepted> carriedOut(Case it, Plan plan) {
    var now = clock.instant();
    var answers =
        plan.effect() instanceof Effect.Bind
            || this.answers.take(it.bot() + ' ' + it.message().sender(), now);
    var limits = it.door().channel().limits();
    var words = answers ? outbox.seal(it.answer(), plan.answer(), limits) : null;
    var done = outbox.commit(it.key(), sql -> carryOut(sql, it, plan.effect(), words, now));
    return switch (done) {
      case DONE -> {
        outbox.ring();
        yield Optional.of(Accepted.ACCEPTED);
      }
      case SEEN -> Optional.of(Accepted.DUPLICATE);
      case CHANGED -> Optional.empty();
    };
  }

  private Done carryOut(
      Sql sql, Case it, Effect effect, Outbox.@Nullable Words words, Instant now) {
    if (!store.see(sql, it.key(), now)) {
      return Done.SEEN;
    }
    var sender = it.message().sender();
    boolean isDone =
        switch (effect) {
          case Effect.None _ -> true;
          case Effect.Bind(var hash, var instance) ->
              store.bind(sql, hash, it.connection(), sender, id(), instance, now);
          case Effect.Unbind(var binding) -> store.unbind(sql, binding);
          case Effect.Guess _ -> {
            store.guessed(sql, it.bot(), sender, now, WINDOW);
            store.guessed(sql, it.bot(), "", now, WINDOW);
            yield true;
          }
        };
    if (!isDone) {
      store.forget(sql, it.key());
      return Done.CHANGED;
    }
    if (words != null) {
      var _ = outbox.put(sql, words);
    }
    return Done.DONE;
  }

  private String id() {
    var bytes = new byte[ID_BYTES];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /** Those who wrote there are known by who they are; what waits for the chat goes along. */
  private Accepted moved(Door door, Inbound message) {
    var connection = door.connection();
    var from = message.place().chat();
    var to = message.text();
    if (from.isEmpty() || !Inbound.isId(to) || from.equals(to)) {
      return Accepted.ACCEPTED;
    }
    var key = InboundMessage.key(connection.id(), message.id());
    var now = clock.instant();
    boolean isNew =
        outbox.commit(
            key,
            sql -> {
              boolean fresh = store.see(sql, key, now);
              if (fresh) {
                store.move(sql, BindingStore.bot(connection), from, to);
                outbox.move(sql, connection.id(), from, to);
              }
              return fresh;
            });
    if (isNew) {
      outbox.ring();
    }
    return isNew ? Accepted.ACCEPTED : Accepted.DUPLICATE;
  }

  private void sweepSometimes() {
    var now = clock.instant();
    if (now.isBefore(sweepAt)) {
      return;
    }
    sweepAt = now.plus(SWEEP_EVERY);
    var _ = outbox.commit("", sql -> store.sweep(sql, now.minus(SEEN_FOR), now, WINDOW));
  }
}
