package io.rockpool.control.openclaw;

import io.rockpool.runtime.Secret;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Talks to gateways: directly, over HTTP/1.1, without forwarded headers, so that they take the
 * caller for local. Any number of threads may use one at once.
 */
public interface Gateway extends LinkGateway, AutoCloseable {
  /** A client for all gateways. */
  static Gateway overHttp() {
    return new HttpGateway();
  }

  /**
   * Asks how far it is. Never changes anything and needs no password.
   *
   * @param gateway scheme, host and port, e.g. {@code http://127.0.0.1:19101}
   * @param deadline for the whole question
   * @throws InterruptedException when the caller no longer wants to know
   */
  Readiness ready(URI gateway, Duration deadline) throws InterruptedException;

  /**
   * Asks by which configuration it works.
   *
   * @param deadline for the whole question
   * @return empty when it does not answer, or cannot tell
   * @throws InterruptedException when the caller no longer wants to know
   */
  Optional<GatewayConfig> config(URI gateway, Secret password, Duration deadline)
      throws InterruptedException;

  /**
   * Says something and waits for the whole answer. A gateway retries a failing model by itself, for
   * up to five minutes (measured), so a deadline below that gives up too early.
   *
   * @param onText gets every piece of text as it comes, on the caller's thread; when it throws, the
   *     answer is dropped and the exception is the caller's
   * @param deadline for the whole answer
   * @throws InterruptedException when the caller no longer wants it: the connection is closed,
   *     which makes the gateway end its work
   */
  Reply say(
      URI gateway, Secret password, Message message, Consumer<String> onText, Duration deadline)
      throws InterruptedException;

  /**
   * Asks for one turn, and waits for its end. May be repeated by the same key, at once or later,
   * from another server, and after the gateway was killed: however often, one message is one turn
   * and has one answer.
   *
   * <p>An answer that was killed away is written by the gateway itself once it runs again. Only
   * what it had not begun to keep is asked for anew.
   *
   * <p>One that has ended as {@link Turn.Unbegun} is none yet: it may be asked for by another key.
   *
   * @param key 1 to 128 visible ASCII characters; never used for another message
   * @param onText gets all that is written so far, each time that there is more, on the caller's
   *     thread; when it throws, the turn goes on and the exception is the caller's
   * @param deadline for the whole answer
   * @throws InterruptedException when the caller no longer waits; the turn goes on
   */
  Turn turn(
      URI gateway,
      Secret password,
      Message message,
      String key,
      Consumer<String> onText,
      Duration deadline)
      throws InterruptedException;

  /**
   * Has it answer once to a dot, in a conversation that is deleted afterwards, so that what it
   * loads for a first answer is loaded. No list and no tool of an agent shows that conversation any
   * more; what OpenClaw keeps of deleted ones stays (2026.9.6: a compressed file beside its
   * database, and entries in its log and its audit trail). Asked again, it uses the same
   * conversation: what an interrupted rehearsal left goes with the next.
   *
   * @param agent who shall answer
   * @param deadline for all of it
   * @throws InterruptedException when the caller no longer wants it; then the conversation may stay
   */
  Rehearsal rehearse(URI gateway, Secret password, String agent, Duration deadline)
      throws InterruptedException;

  /**
   * Suspends it, unless it has work to do. This is the one way to ask whether it has: requests,
   * turns, queues, jobs, background programs and open terminals all count. Asked again, it prolongs
   * the suspension and names it by the same id, so a caller may have been restarted in between.
   *
   * <p>It does not hold back what a chat platform sends, nor what the gateway fetches there by
   * itself: keep messages for it elsewhere first. Its other questions, {@link #config} and {@link
   * #nextWake}, have no answer while it is suspended.
   *
   * @param deadline for the whole question
   * @throws InterruptedException when the caller no longer wants to know; it may be suspended
   */
  Suspension suspend(URI gateway, Secret password, Duration deadline) throws InterruptedException;

  /**
   * Lets it work again, after it was suspended and, perhaps, frozen and thawed. Asking one that was
   * not suspended, or is no longer, changes nothing. A job whose time came meanwhile runs now, and
   * only once if it came several times (measured on 2026.9.6: two seconds after resuming).
   *
   * @param suspensionId of {@link Suspension.Ready}; null when it was lost, and then, as when it is
   *     not the current one, whichever suspension of Rockpool's there is ends
   * @param deadline for the whole question
   * @throws InterruptedException when the caller no longer wants to know; it may have been resumed
   */
  Resumption resume(URI gateway, Secret password, @Nullable String suspensionId, Duration deadline)
      throws InterruptedException;

  /**
   * Asks when it has something to do by itself: a job that its owner or an agent has planned.
   *
   * @param deadline for the whole question
   * @throws InterruptedException when the caller no longer wants to know
   */
  NextWake nextWake(URI gateway, Secret password, Duration deadline) throws InterruptedException;

  /**
   * Asks who would like to be let in by direct messages. Empty where an account does not pair.
   *
   * @param platform as OpenClaw calls it, e.g. {@code telegram}
   * @param deadline for the whole question
   * @throws InterruptedException when the caller no longer wants to know
   */
  Pairings pairings(URI gateway, Secret password, String platform, Duration deadline)
      throws InterruptedException;

  /**
   * Lets somebody in who asked, and tells them. They become no owner of the gateway's commands.
   *
   * @param request its id
   * @param deadline for all of it
   * @throws InterruptedException when the caller no longer wants it; they may have been let in
   */
  Pairings.Approval approve(
      URI gateway, Secret password, String platform, String request, Duration deadline)
      throws InterruptedException;

  @Override
  void close();
}
