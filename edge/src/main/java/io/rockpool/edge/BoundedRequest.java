package io.rockpool.edge;

import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * A request whose body fails with 413 at the first byte too many. For a length that was said
 * before, ask {@link #isTooLong} and read nothing.
 */
public class BoundedRequest extends Request.Wrapper {
  private final long most;
  private long read;

  /**
   * @param most bytes of body
   */
  public BoundedRequest(Request request, long most) {
    super(request);
    this.most = most;
  }

  public static boolean isTooLong(Request request, long most) {
    return request.getLength() > most;
  }

  public static boolean isTooLong(Throwable failure) {
    return failure instanceof HttpException refusal
        && refusal.getCode() == HttpStatus.PAYLOAD_TOO_LARGE_413;
  }

  @Override
  public final Content.@Nullable Chunk read() {
    var chunk = super.read();
    if (chunk == null || Content.Chunk.isFailure(chunk) || !chunk.hasRemaining()) {
      return chunk;
    }
    read += chunk.remaining();
    if (read > most) {
      chunk.release();
      return Content.Chunk.from(
          new HttpException.RuntimeException(HttpStatus.PAYLOAD_TOO_LARGE_413));
    }
    wasRead(chunk.remaining());
    return chunk;
  }

  /** Told of every part of the body before it is handed out. */
  protected void wasRead(int bytes) {}
}
