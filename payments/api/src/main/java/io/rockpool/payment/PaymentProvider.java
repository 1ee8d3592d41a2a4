package io.rockpool.payment;

/**
 * Who takes the money for plans. Three verbs and a reader of notifications; each verb may be
 * repeated, also after a crash half way through. What a provider says is a value; nothing is thrown
 * for it. A provider keeps no memory of its own: what it knows, it asks for.
 */
public interface PaymentProvider {
  /**
   * Begins a purchase. Nothing is paid yet: the buyer goes to its address.
   *
   * @return the purchase, {@link Purchase.State#OPEN}; the same one for the same order
   */
  Answer<Purchase> begin(Order order);

  /** How a purchase stands now. */
  Answer<Purchase> look(String reference);

  /**
   * Ends a purchase: when the time that is paid for is over, or at once where none is. One that has
   * ended is left as it is.
   */
  Answer<Purchase> cancel(String reference);

  /**
   * Reads what somebody sent to the webhook. Asks nobody, and takes the same time for every wrong
   * signature.
   *
   * @param body as it was received, byte by byte
   */
  Verdict verify(Headers headers, byte[] body);
}
