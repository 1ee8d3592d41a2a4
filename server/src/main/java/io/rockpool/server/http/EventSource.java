package io.rockpool.server.http;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where a live stream comes from. The layer pulls on one thread: {@link #next} again and again,
 * then {@link #close} once, whether the source ended, the client left or the server stops.
 */
public interface EventSource extends AutoCloseable {
  /** What {@link #next} brings. */
  sealed interface Next {}

  /**
   * Something happened.
   *
   * @param id comes back as {@code Last-Event-ID} when the client reconnects; no line ends, no NUL
   * @param name the event's type, as documented for the route; no line ends
   * @param data written as JSON
   */
  record Event(String id, String name, Object data) implements Next {
    public Event {
      if (breaksLine(id) || breaksLine(name)) {
        throw new IllegalArgumentException(
            "the id and the name of an event must not contain line ends or NUL");
      }
    }

    private static boolean breaksLine(String text) {
      return text.chars().anyMatch(c -> c == '\n' || c == '\r' || c == 0);
    }
  }

  /** Nothing happened within the wait. */
  record Silence() implements Next {}

  /** Nothing will happen any more; the stream is closed. */
  record End() implements Next {}

  /**
   * The next event.
   *
   * @param wait how long to wait for one; the answer after that is {@link Silence}
   * @throws InterruptedException when the client left or the server stops; just pass it on
   */
  Next next(Duration wait) throws InterruptedException;

  /** Frees what the stream holds. Called on the thread of {@link #next}. */
  @Override
  void close();

  /** A source of events that are all known already. */
  static EventSource of(Iterable<Event> events) {
    var rest = events.iterator();
    return new EventSource() {
      @Override
      public Next next(Duration wait) {
        @Nullable Event event = rest.hasNext() ? rest.next() : null;
        return event == null ? new End() : event;
      }

      @Override
      public void close() {}
    };
  }
}
