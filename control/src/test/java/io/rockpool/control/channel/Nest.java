package io.rockpool.control.channel;

import io.rockpool.control.openclaw.LinkGateway;
import io.rockpool.control.openclaw.LinkedAccount;
import io.rockpool.control.openclaw.Linking;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * An instance with the WhatsApp plugin, as its source says (2026.9.6, {@code login-qr}): a code is
 * shared by whoever asks while it is active, whoever waits hears of another code at once, and of
 * nothing without an active login. What it answers without WhatsApp is seen by {@code
 * RealWhatsAppTest}.
 */
final class Nest implements LinkGateway, Reach {
  private static final Place OPEN =
      new Place.Open(URI.create("http://127.0.0.1:1"), Secret.of("password"));

  private final List<String> messages = new ArrayList<>();
  private Place place = OPEN;
  private Linking refusal = new Linking.Waiting();
  private int codes;
  private boolean active;
  private String self = "";
  private boolean connected;
  private String trouble = "";

  /** Where it is, for those who do not wake it; {@link Place.Away} wakes when it is needed. */
  synchronized void is(Place now) {
    place = now;
  }

  synchronized void runs() {
    place = OPEN;
  }

  /** Why there is no code; {@link Linking.Waiting} for no reason. */
  synchronized void refuses(Linking why) {
    refusal = why;
  }

  /** WhatsApp gives the next code. */
  synchronized void turns() {
    codes++;
    notifyAll();
  }

  /** A person scans the code. */
  synchronized void scan(String number) {
    if (!active) {
      throw new AssertionError("there is no code to scan");
    }
    self = number;
    connected = true;
    notifyAll();
  }

  /** A person scans the code while nobody waits: nothing starts the connection. */
  synchronized void scanUnseen(String number) {
    scan(number);
    connected = false;
    active = false;
  }

  /** Three minutes are over. */
  synchronized void expires() {
    active = false;
    notifyAll();
  }

  /** The device is removed on the phone. */
  synchronized void forgets() {
    self = "";
    connected = false;
    trouble = "logged out";
  }

  synchronized void connected(boolean now, String why) {
    connected = now;
    trouble = why;
  }

  /** Whether it holds what it is let in by. */
  synchronized boolean isLinked() {
    return !self.isEmpty();
  }

  /** Why it was woken. */
  synchronized List<String> wokenFor() {
    return List.copyOf(messages);
  }

  static String image(int number) {
    return "data:image/png;base64,code-" + number;
  }

  @Override
  public synchronized Place now(InstanceId id) {
    return place;
  }

  @Override
  public synchronized Place awake(InstanceId id, String message, Duration patience) {
    messages.add(message);
    if (place instanceof Place.Away) {
      place = OPEN;
    }
    return place;
  }

  @Override
  public synchronized Linking link(
      URI gateway, Secret password, String platform, Duration deadline) {
    if (!(refusal instanceof Linking.Waiting)) {
      return refusal;
    }
    if (!self.isEmpty()) {
      return new Linking.Linked();
    }
    if (!active) {
      active = true;
      codes++;
    }
    return new Linking.Code(image(codes));
  }

  @Override
  public synchronized Linking linked(
      URI gateway, Secret password, String platform, String shown, Duration patience)
      throws InterruptedException {
    var end = System.nanoTime() + patience.toNanos();
    while (active && self.isEmpty() && Objects.equals(shown, image(codes))) {
      var left = (end - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        return new Linking.Waiting();
      }
      wait(left);
    }
    if (!active) {
      return new Linking.Expired();
    }
    if (!self.isEmpty()) {
      active = false; // who was told ends it for the others
      notifyAll();
      return new Linking.Linked();
    }
    return new Linking.Code(image(codes));
  }

  @Override
  public synchronized LinkedAccount account(
      URI gateway, Secret password, String platform, Duration deadline) {
    return new LinkedAccount.Known(!self.isEmpty(), connected, self, trouble);
  }

  @Override
  public synchronized void connect(
      URI gateway, Secret password, String platform, Duration deadline) {
    connected = !self.isEmpty();
  }

  @Override
  public synchronized LinkedAccount unlink(
      URI gateway, Secret password, String platform, Duration deadline) {
    forgets();
    return account(gateway, password, platform, deadline);
  }
}
