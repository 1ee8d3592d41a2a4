package io.rockpool.payment;

import java.util.List;

/**
 * What a provider told us: a hint that something changed. What it changed to is asked for, since
 * notices come late, twice and in any order.
 *
 * @param id the same whenever this notice is sent again
 * @param type the provider's own word, for logs
 * @param about the purchases, by their references, our orders or the buyers; empty if it is about
 *     none
 */
public record Notice(String id, String type, Kind kind, List<String> about) {
  public Notice {
    about = List.copyOf(about);
  }

  public enum Kind {
    /** A purchase may stand otherwise. */
    CHANGE,
    /** Money went back: an operator wants to know. */
    REFUND,
    /** The buyer's bank takes money back: an operator has days to answer. */
    DISPUTE
  }
}
