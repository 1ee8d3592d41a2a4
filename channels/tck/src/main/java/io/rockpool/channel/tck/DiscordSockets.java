package io.rockpool.channel.tck;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.rockpool.channel.StrictJson;
import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Discord's gateway, version 10, as "Gateway" and "Opcodes and Status Codes" document it: whoever
 * identifies himself hears of events; whoever resumes hears of those that he missed.
 */
final class DiscordSockets {
  private static final int LONGEST_EVENT = 4_096;
  private static final int MOST_EVENTS = 120;
  private static final int HEARTBEAT_MILLIS = 41_250;

  // Opcodes.
  private static final int DISPATCH = 0;
  private static final int HEARTBEAT = 1;
  private static final int IDENTIFY = 2;
  private static final int RESUME = 6;
  private static final int INVALID_SESSION = 9;
  private static final int HELLO = 10;
  private static final int ACKNOWLEDGED = 11;

  /** Presence, voice, and questions that are answered by events; none are needed. */
  private static final Set<Integer> OTHERS = Set.of(3, 4, 8, 31, 43);

  // Why a connection ends.
  private static final int UNKNOWN_OPCODE = 4001;
  private static final int NOT_UNDERSTOOD = 4002;
  private static final int NOT_IDENTIFIED = 4003;
  private static final int WRONG_TOKEN = 4004;
  private static final int IDENTIFIED_TWICE = 4005;
  private static final int WRONG_SEQUENCE = 4007;
  private static final int TOO_FAST = 4008;
  private static final int WRONG_VERSION = 4012;
  private static final int WRONG_INTENTS = 4013;

  /** What somebody has heard. */
  private static final class Session {
    final String id;
    final int intents;
    final List<ObjectNode> told = new ArrayList<>();
    WebSockets.@Nullable Peer peer;

    Session(String id, int intents) {
      this.id = id;
      this.intents = intents;
    }
  }

  private final Secret token;
  private final String root;
  private final Supplier<ObjectNode> self;
  private final Map<String, Session> sessions = new HashMap<>();
  private final Set<WebSockets.Peer> open = new HashSet<>();
  private int identified;
  private int resumed;

  /**
   * @param root where sessions are resumed
   * @param self the bot as a user
   */
  DiscordSockets(Secret token, String root, Supplier<ObjectNode> self) {
    this.token = token;
    this.root = root;
    this.self = self;
  }

  /** How often somebody identified himself. */
  synchronized int identified() {
    return identified;
  }

  synchronized int resumed() {
    return resumed;
  }

  /** Those that hear of events now. */
  synchronized long listening() {
    return sessions.values().stream().filter(it -> it.peer != null).count();
  }

  /** Something happens: who is not there now hears of it when he resumes. */
  synchronized void happens(String event, int intent, ObjectNode what) {
    for (var session : sessions.values()) {
      if ((session.intents & intent) != 0) {
        tell(session, event, what);
      }
    }
  }

  /** Ends all connections, as Discord does now and then: whoever comes back may resume. */
  synchronized void drop(int code) throws IOException {
    for (var peer : List.copyOf(open)) {
      peer.end(code);
    }
    sessions.values().forEach(it -> it.peer = null);
  }

  private static void tell(Session session, String event, ObjectNode what) {
    var payload = StrictJson.write().put("op", DISPATCH).put("t", event);
    payload.put("s", session.told.size() + 1).set("d", what);
    session.told.add(payload);
    send(session, payload);
  }

  private static void send(Session session, ObjectNode payload) {
    var peer = session.peer;
    if (peer != null) {
      try {
        peer.say(payload.toString());
      } catch (IOException gone) {
        session.peer = null;
      }
    }
  }

  /** Speaks to one until it ends. */
  void speak(String target, WebSockets.Peer peer) {
    synchronized (this) {
      open.add(peer);
    }
    try {
      var code = talk(target, peer);
      peer.end(code);
    } catch (IOException gone) {
      // its session stays
    } finally {
      synchronized (this) {
        open.remove(peer);
        sessions.values().stream().filter(it -> it.peer == peer).forEach(it -> it.peer = null);
      }
    }
  }

  /** Why it ends. */
  private int talk(String target, WebSockets.Peer peer) throws IOException {
    if (!target.contains("v=10") || !target.contains("encoding=json")) {
      return WRONG_VERSION;
    }
    var hello = StrictJson.write().put("op", HELLO).putNull("s").putNull("t");
    hello.putObject("d").put("heartbeat_interval", HEARTBEAT_MILLIS);
    peer.say(hello.toString());
    Deque<Long> times = new ArrayDeque<>();
    while (true) {
      var text = peer.next();
      var event = StrictJson.object(text);
      if (event.isEmpty() || text.getBytes(UTF_8).length > LONGEST_EVENT) {
        return NOT_UNDERSTOOD;
      }
      if (isTooFast(times)) {
        return TOO_FAST;
      }
      int code = heard(peer, event.get());
      if (code != 0) {
        return code;
      }
    }
  }

  private static boolean isTooFast(Deque<Long> times) {
    long now = System.nanoTime();
    times.add(now);
    while (now - times.element() > 60_000_000_000L) {
      times.remove();
    }
    return times.size() > MOST_EVENTS;
  }

  /** Why it ends; 0 if it goes on. */
  private synchronized int heard(WebSockets.Peer peer, ObjectNode event) throws IOException {
    var data = event.path("d");
    boolean isKnown = sessions.values().stream().anyMatch(it -> it.peer == peer);
    int operation = event.path("op").asInt(-1);
    switch (operation) {
      case HEARTBEAT -> peer.say(StrictJson.write().put("op", ACKNOWLEDGED).toString());
      case IDENTIFY -> {
        return isKnown ? IDENTIFIED_TWICE : identify(peer, data);
      }
      case RESUME -> {
        return isKnown ? IDENTIFIED_TWICE : resume(peer, data);
      }
      default -> {
        if (!OTHERS.contains(operation)) {
          return UNKNOWN_OPCODE;
        }
        return isKnown ? 0 : NOT_IDENTIFIED;
      }
    }
    return 0;
  }

  private boolean isToken(JsonNode data) {
    // As a secret: what a test failure prints shows no token.
    return Secret.of(StrictJson.text(data, "token")).equals(token);
  }

  private int identify(WebSockets.Peer peer, JsonNode data) {
    if (!isToken(data)) {
      return WRONG_TOKEN;
    }
    if (!data.path("properties").isObject()) {
      return NOT_UNDERSTOOD;
    }
    if (!data.path("intents").isInt() || data.path("intents").intValue() < 0) {
      return WRONG_INTENTS;
    }
    var session = new Session("session-" + ++identified, data.path("intents").intValue());
    session.peer = peer;
    sessions.put(session.id, session);
    var ready = StrictJson.write().put("v", 10).put("session_id", session.id);
    ready.put("resume_gateway_url", root).putArray("guilds");
    ready.set("user", self.get());
    ready.putObject("application").put("id", StrictJson.text(self.get(), "id")).put("flags", 0);
    tell(session, "READY", ready);
    return 0;
  }

  private int resume(WebSockets.Peer peer, JsonNode data) throws IOException {
    if (!isToken(data)) {
      return WRONG_TOKEN;
    }
    var session = sessions.get(StrictJson.text(data, "session_id"));
    if (session == null) {
      peer.say(StrictJson.write().put("op", INVALID_SESSION).put("d", false).toString());
      return 0;
    }
    int seen = data.path("seq").asInt(-1);
    if (seen < 0 || seen > session.told.size()) {
      return WRONG_SEQUENCE;
    }
    resumed++;
    session.peer = peer;
    for (var missed : List.copyOf(session.told.subList(seen, session.told.size()))) {
      send(session, missed);
    }
    tell(session, "RESUMED", StrictJson.write());
    return 0;
  }
}
