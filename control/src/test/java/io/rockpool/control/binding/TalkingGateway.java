package io.rockpool.control.binding;

import io.rockpool.control.openclaw.Gateway;
import io.rockpool.control.openclaw.GatewayConfig;
import io.rockpool.control.openclaw.LinkedAccount;
import io.rockpool.control.openclaw.Linking;
import io.rockpool.control.openclaw.Message;
import io.rockpool.control.openclaw.NextWake;
import io.rockpool.control.openclaw.Pairings;
import io.rockpool.control.openclaw.Readiness;
import io.rockpool.control.openclaw.Rehearsal;
import io.rockpool.control.openclaw.Reply;
import io.rockpool.control.openclaw.Resumption;
import io.rockpool.control.openclaw.Suspension;
import io.rockpool.control.openclaw.Turn;
import io.rockpool.runtime.Secret;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A gateway that answers turns as a test says, and each key once: asked again, it is the same, as
 * {@code RealTurnTest} shows of the real one.
 */
final class TalkingGateway implements Gateway {
  /** How a turn goes. */
  interface Script {
    Turn answer(Message message, Consumer<String> onText) throws InterruptedException;
  }

  private final Map<String, Turn> ended = new HashMap<>();
  private final List<Message> asked = new ArrayList<>();
  private final List<String> keys = new ArrayList<>();
  private Script script = (message, _) -> new Turn.Answered("You said: " + message.text());

  synchronized void answers(Script next) {
    script = next;
  }

  /** The turns that were begun, in order. */
  synchronized List<Message> asked() {
    return List.copyOf(asked);
  }

  /** Their keys. */
  synchronized List<String> keys() {
    return List.copyOf(keys);
  }

  @Override
  public Turn turn(
      URI gateway,
      Secret password,
      Message message,
      String key,
      Consumer<String> onText,
      Duration deadline)
      throws InterruptedException {
    Script how;
    synchronized (this) {
      var before = ended.get(key);
      if (before != null) {
        return before;
      }
      asked.add(message);
      keys.add(key);
      how = script;
    }
    var turn = how.answer(message, onText);
    if (turn instanceof Turn.Answered
        || turn instanceof Turn.Failed
        || turn instanceof Turn.Unbegun) {
      synchronized (this) {
        ended.put(key, turn);
      }
    }
    return turn;
  }

  @Override
  public Readiness ready(URI gateway, Duration deadline) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Optional<GatewayConfig> config(URI gateway, Secret password, Duration deadline) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Reply say(
      URI gateway, Secret password, Message message, Consumer<String> onText, Duration deadline) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Rehearsal rehearse(URI gateway, Secret password, String agent, Duration deadline) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Suspension suspend(URI gateway, Secret password, Duration deadline) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Resumption resume(
      URI gateway, Secret password, @Nullable String suspensionId, Duration deadline) {
    throw new UnsupportedOperationException();
  }

  @Override
  public NextWake nextWake(URI gateway, Secret password, Duration deadline) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Pairings pairings(URI gateway, Secret password, String platform, Duration deadline) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Pairings.Approval approve(
      URI gateway, Secret password, String platform, String request, Duration deadline) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Linking link(URI gateway, Secret password, String platform, Duration deadline) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Linking linked(
      URI gateway, Secret password, String platform, String shown, Duration patience) {
    throw new UnsupportedOperationException();
  }

  @Override
  public LinkedAccount account(URI gateway, Secret password, String platform, Duration deadline) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void connect(URI gateway, Secret password, String platform, Duration deadline) {
    throw new UnsupportedOperationException();
  }

  @Override
  public LinkedAccount unlink(URI gateway, Secret password, String platform, Duration deadline) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}
}
