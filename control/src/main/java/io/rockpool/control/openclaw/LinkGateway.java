package io.rockpool.control.openclaw;

import io.rockpool.runtime.Secret;
import java.net.URI;
import java.time.Duration;

/** Talks to gateways about accounts that a person links to them by a code. */
public interface LinkGateway {
  /**
   * Asks for a code by which a person links an account of a platform. Whoever asks meanwhile gets
   * the same one.
   *
   * @param platform as OpenClaw calls it, e.g. {@code whatsapp}
   * @param deadline for the whole question; the platform has to be reached first
   * @throws InterruptedException when the caller no longer wants it; the code may still be scanned
   */
  Linking link(URI gateway, Secret password, String platform, Duration deadline)
      throws InterruptedException;

  /**
   * Waits until the person has scanned the code, or there is another one. Codes follow each other
   * for three minutes.
   *
   * @param shown the last {@link Linking.Code}
   * @param patience after that the answer is {@link Linking.Waiting}; a second or more
   * @throws InterruptedException when the caller no longer waits; the code may still be scanned
   */
  Linking linked(URI gateway, Secret password, String platform, String shown, Duration patience)
      throws InterruptedException;

  /**
   * Asks how an account is that a person links.
   *
   * @param deadline for the whole question
   * @throws InterruptedException when the caller no longer wants to know
   */
  LinkedAccount account(URI gateway, Secret password, String platform, Duration deadline)
      throws InterruptedException;

  /**
   * Has it connect an account that is linked. One that is connected stays so.
   *
   * @param deadline for the whole question
   * @throws InterruptedException when the caller no longer wants it; it may connect
   */
  void connect(URI gateway, Secret password, String platform, Duration deadline)
      throws InterruptedException;

  /**
   * Makes it forget what it is let in by, and end its connection. To ask again is fine. What the
   * platform shows of it as a linked device stays there.
   *
   * @param deadline for all of it
   * @return how the account is now
   * @throws InterruptedException when the caller no longer wants it; it may be done
   */
  LinkedAccount unlink(URI gateway, Secret password, String platform, Duration deadline)
      throws InterruptedException;
}
