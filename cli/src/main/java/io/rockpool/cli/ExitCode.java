package io.rockpool.cli;

/** How the client's commands end. 130 (interrupted) is the JVM's own answer to SIGINT. */
public final class ExitCode {
  public static final int DONE = 0;
  public static final int FAILED = 1;
  public static final int WRONG_USAGE = 2;
  public static final int NOT_FOUND = 3;
  public static final int NOT_ALLOWED = 4;
  public static final int NOT_READY_IN_TIME = 5;

  /** The code for an HTTP status that is an error. */
  static int ofStatus(int status) {
    return switch (status) {
      case 401, 403 -> NOT_ALLOWED;
      case 404 -> NOT_FOUND;
      case 503, 504 -> NOT_READY_IN_TIME;
      default -> FAILED;
    };
  }

  private ExitCode() {}
}
