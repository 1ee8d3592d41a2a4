package io.rockpool.payment.tck;

import io.rockpool.payment.Answer;
import io.rockpool.payment.Headers;
import io.rockpool.payment.Notice;
import io.rockpool.payment.Order;
import io.rockpool.payment.PaymentProvider;
import io.rockpool.payment.Purchase;
import io.rockpool.payment.Purchase.State;
import io.rockpool.payment.Verdict;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A provider in memory. It passes the same contract as the real ones. */
public final class FakePayments implements PaymentProvider, Payers {
  private final ConcurrentHashMap<String, Purchase> purchases = new ConcurrentHashMap<>();
  private final Set<String> gone = ConcurrentHashMap.newKeySet();
  private volatile boolean down;

  /** From here on, nothing is sold to this buyer. */
  public void forget(String buyer) {
    gone.add(buyer);
  }

  private Answer<Purchase> answer(@Nullable Purchase purchase) {
    if (down) {
      return new Answer.Unavailable<>("The provider is down. Try again.");
    }
    return purchase == null ? new Answer.Unknown<>() : new Answer.Done<>(purchase);
  }

  @Override
  public Answer<Purchase> begin(Order order) {
    if (down) {
      return answer(null);
    }
    var buyer = order.buyer();
    if (buyer != null && gone.contains(buyer)) {
      return new Answer.Refused<>("There is no such buyer.");
    }
    var reference = "p" + order.id();
    return answer(
        purchases.computeIfAbsent(
            reference,
            _ ->
                new Purchase(
                    reference,
                    State.OPEN,
                    order.buyer(),
                    URI.create("https://pay.invalid/" + reference),
                    null,
                    false,
                    0,
                    null,
                    null)));
  }

  @Override
  public Answer<Purchase> look(String reference) {
    return answer(purchases.get(reference));
  }

  @Override
  public Answer<Purchase> cancel(String reference) {
    if (down) {
      return answer(null);
    }
    return answer(
        purchases.computeIfPresent(
            reference,
            (_, it) ->
                switch (it.state()) {
                  case OPEN -> with(it, State.EXPIRED, null, false, 0, null, null);
                  case EXPIRED, ENDED -> it;
                  case PENDING, UNPAID, PAUSED ->
                      with(it, State.ENDED, it.paidUntil(), true, 0, null, Instant.EPOCH);
                  case TRIAL, ACTIVE, OVERDUE ->
                      with(
                          it,
                          it.state(),
                          it.paidUntil(),
                          true,
                          it.failures(),
                          it.nextAttempt(),
                          null);
                }));
  }

  @Override
  public Verdict verify(Headers headers, byte[] body) {
    if (!headers.get("Signature").equals(Optional.of("right"))) {
      return new Verdict.Forged(false);
    }
    var words = Arrays.asList(new String(body, StandardCharsets.UTF_8).split(" ", -1));
    return new Verdict.Genuine(
        new Notice(words.getFirst(), "changed", Notice.Kind.CHANGE, List.of(words.getLast())), "");
  }

  private static Purchase with(
      Purchase it,
      State state,
      @Nullable Instant paidUntil,
      boolean ending,
      int failures,
      @Nullable Instant nextAttempt,
      @Nullable Instant endedAt) {
    return new Purchase(
        it.reference(),
        state,
        it.buyer() == null ? "buyer-" + it.reference() : it.buyer(),
        null,
        paidUntil,
        ending,
        failures,
        nextAttempt,
        endedAt);
  }

  private void change(String reference, UnaryOperator<Purchase> change) {
    purchases.computeIfPresent(reference, (_, it) -> change.apply(it));
  }

  @Override
  public void pays(String reference, Instant until) {
    change(reference, it -> with(it, State.ACTIVE, until, false, 0, null, null));
  }

  @Override
  public void stalls(String reference) {
    change(reference, it -> with(it, State.PENDING, null, false, 1, null, null));
  }

  @Override
  public void fails(String reference, int failures, @Nullable Instant nextAttempt) {
    change(
        reference,
        it -> with(it, State.OVERDUE, it.paidUntil(), it.ending(), failures, nextAttempt, null));
  }

  @Override
  public void givesUp(String reference) {
    change(
        reference,
        it -> with(it, State.UNPAID, it.paidUntil(), it.ending(), it.failures(), null, null));
  }

  @Override
  public void renews(String reference, Instant until) {
    change(reference, it -> with(it, State.ACTIVE, until, it.ending(), 0, null, null));
  }

  @Override
  public void ends(String reference, Instant now) {
    change(reference, it -> with(it, State.ENDED, it.paidUntil(), it.ending(), 0, null, now));
  }

  @Override
  public Sent notice(String id, String reference) {
    return new Sent(
        name -> name.equalsIgnoreCase("Signature") ? Optional.of("right") : Optional.empty(),
        id + " " + reference);
  }

  @Override
  public void down(boolean isDown) {
    down = isDown;
  }
}
