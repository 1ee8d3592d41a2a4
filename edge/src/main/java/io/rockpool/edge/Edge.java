package io.rockpool.edge;

import java.time.Duration;
import org.eclipse.jetty.server.Handler;

/**
 * The way from outside to the instances' gateways: {@code /i/{id}/…}, and {@code {id}.{domain}} if
 * there is a domain. Mount {@link #handler} before the API, outside of any compression and size
 * limit. It does not block the thread that it is called on; the gate is asked on a virtual one.
 */
public final class Edge {
  /**
   * How many threads watch the connections of clients, and as many again those to gateways: one for
   * each core, for there is nothing they wait for but the next byte.
   */
  public static final int SELECTORS = Math.min(8, Runtime.getRuntime().availableProcessors());

  /** As OpenClaw 2026.9.6 has it: {@code TICK_INTERVAL_MS}. It cannot be configured. */
  private static final Duration TICK = Duration.ofSeconds(30);

  private final Passage passage;

  /** In front of instances that never sleep. */
  public Edge(EdgeSettings settings, Gate gate, Traffic traffic) {
    this(settings, gate, traffic, Sleep.NEVER, new Turns());
  }

  /**
   * In front of instances that sleep while pages are open.
   *
   * @param turns shared with whoever else makes gateways work
   */
  public Edge(EdgeSettings settings, Gate gate, Traffic traffic, Sleep sleep, Turns turns) {
    this.passage = new Passage(settings, gate, traffic, sleep, turns, TICK);
  }

  /**
   * Leaves alone (returns {@code false} for) all that is no instance's. Starts and stops with the
   * server it is mounted in.
   */
  public Handler handler() {
    return passage;
  }
}
