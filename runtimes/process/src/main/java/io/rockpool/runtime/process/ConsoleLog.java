package io.rockpool.runtime.process;

import io.rockpool.runtime.LogPage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * The output of one instance: {@code console.log}, to which its processes append, and older parts,
 * {@code console.START.log}, named by the position of their first byte. Positions count every byte
 * that was ever written.
 *
 * <p>The processes hold {@code console.log} open, so it cannot be moved away: {@link #rotate}
 * copies it and then empties it. What is written between the two is lost; that is microseconds.
 */
final class ConsoleLog {
  /** A longer line is given in pieces of this many bytes. */
  static final int LONGEST_LINE = 64 * 1024;

  private static final int CHUNK = 64 * 1024;
  private static final long MOST_BYTES_OF_A_PAGE = 4L << 20;

  private final Path folder;

  ConsoleLog(Path folder) {
    this.folder = folder;
  }

  static Path current(Path folder) {
    return folder.resolve("console.log");
  }

  /** Makes the file that the processes append to, mode 0600. */
  void create() throws IOException {
    if (!Files.exists(current(folder))) {
      Files.createFile(
          current(folder),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
  }

  /** A part of the output that is in one file. */
  private record Segment(long start, long length, Path file) {
    long end() {
      return start + length;
    }
  }

  /**
   * Lines from {@code position} on.
   *
   * @param ended whether nobody writes any more, so that a last line without its end is complete
   */
  LogPage read(long position, int limit, boolean ended) {
    try {
      var segments = segments();
      var oldest = segments.getFirst().start();
      var end = segments.getLast().end();
      var from = Math.clamp(position, oldest, end);
      var page = new Page(limit);
      // The oldest kept byte may be in the middle of a line, whose first half is gone.
      var inLine = from == oldest && oldest > 0;
      var bytes = new LineBytes();
      var at = from;
      for (var segment : segments) {
        if (segment.end() <= at) {
          continue;
        }
        try (var channel = FileChannel.open(segment.file(), StandardOpenOption.READ)) {
          var buffer = ByteBuffer.allocate(CHUNK);
          while (at < segment.end() && !page.full(at - from)) {
            buffer.clear();
            buffer.limit((int) Math.min(CHUNK, segment.end() - at));
            if (channel.read(buffer, at - segment.start()) < 0) {
              break;
            }
            buffer.flip();
            while (buffer.hasRemaining() && !page.full(at - from)) {
              var next = buffer.get();
              at++;
              if (next == '\n') {
                if (inLine) {
                  inLine = false;
                  page.skip(at);
                } else {
                  page.add(bytes.take(), at);
                }
              } else if (!inLine) {
                bytes.add(next);
                if (bytes.length() == LONGEST_LINE) {
                  page.add(bytes.take(), at);
                }
              }
            }
          }
        }
        if (page.full(at - from)) {
          break;
        }
        at = Math.max(at, segment.end());
      }
      if (ended && bytes.length() > 0 && !page.full(0)) {
        page.add(bytes.take(), at);
      }
      return page.toLogPage(from);
    } catch (NoSuchFileException never) {
      return new LogPage(List.of(), 0);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the output in " + folder, e);
    }
  }

  /** The last lines. */
  LogPage tail(int limit, boolean ended) {
    try {
      var segments = segments();
      var from = startOfTail(segments, limit, ended);
      return read(from, limit, ended);
    } catch (NoSuchFileException never) {
      return new LogPage(List.of(), 0);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the output in " + folder, e);
    }
  }

  /** Goes back until as many line ends were passed as lines are wanted. */
  private static long startOfTail(List<Segment> segments, int limit, boolean ended)
      throws IOException {
    var wanted = limit + 1; // the end of the line before the first one
    long passed = 0;
    var newest = true;
    for (var segment : segments.reversed()) {
      try (var channel = FileChannel.open(segment.file(), StandardOpenOption.READ)) {
        var buffer = ByteBuffer.allocate(CHUNK);
        var at = segment.length();
        while (at > 0) {
          var size = (int) Math.min(CHUNK, at);
          buffer.clear().limit(size);
          if (channel.read(buffer, at - size) < size) {
            break; // emptied meanwhile
          }
          for (int i = size - 1; i >= 0; i--) {
            var isEnd = buffer.get(i) == '\n';
            if (newest) {
              newest = false;
              // a line without its end counts as one when it is going to be given
              wanted -= !isEnd && ended ? 1 : 0;
            }
            if (isEnd && --wanted == 0) {
              return segment.start() + at - size + i + 1;
            }
          }
          at -= size;
          passed += size;
          if (passed >= MOST_BYTES_OF_A_PAGE) {
            return segment.start() + at;
          }
        }
      }
    }
    return segments.getFirst().start();
  }

  /**
   * Moves the output to an older part when it has grown, and deletes the oldest parts.
   *
   * @param bytes size from which on it is moved
   * @param parts how many older parts are kept
   */
  void rotate(long bytes, int parts) throws IOException {
    finishInterrupted();
    var segments = segments();
    var newest = segments.getLast();
    if (newest.length() < bytes) {
      return;
    }
    var copy = folder.resolve("console.%d.part".formatted(newest.start()));
    Files.deleteIfExists(copy);
    try (var from =
            FileChannel.open(newest.file(), StandardOpenOption.READ, StandardOpenOption.WRITE);
        var to =
            FileChannel.open(
                copy,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(
                    PosixFilePermissions.fromString("rw-------")))) {
      long copied = 0;
      while (copied < from.size()) {
        copied += from.transferTo(copied, from.size() - copied, to);
      }
      from.truncate(0);
    }
    keep(copy);
    var old = segments();
    for (var segment : old.subList(0, Math.max(0, old.size() - 1 - parts))) {
      Files.deleteIfExists(segment.file());
    }
  }

  /** A copy that was not renamed: either its original was emptied, or it is still all there. */
  private void finishInterrupted() throws IOException {
    for (var copy : files(".part")) {
      var difference = Files.mismatch(copy, current(folder));
      if (difference < 0 || difference >= Files.size(copy)) {
        Files.delete(copy);
      } else {
        keep(copy);
      }
    }
  }

  private void keep(Path copy) throws IOException {
    var name = copy.getFileName().toString().replace(".part", ".log");
    Files.move(copy, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }

  private List<Segment> segments() throws IOException {
    var segments = new ArrayList<Segment>();
    for (var file : files(".log")) {
      segments.add(new Segment(start(file), Files.size(file), file));
    }
    segments.sort(Comparator.comparingLong(Segment::start));
    var start = segments.isEmpty() ? 0 : segments.getLast().end();
    segments.add(new Segment(start, Files.size(current(folder)), current(folder)));
    return segments;
  }

  private List<Path> files(String ending) throws IOException {
    var found = new ArrayList<Path>();
    try (var entries = Files.newDirectoryStream(folder, "console.[0-9]*" + ending)) {
      entries.forEach(found::add);
    }
    return found;
  }

  private static long start(Path file) {
    return Long.parseLong(file.getFileName().toString().split("\\.", -1)[1]);
  }

  /** The bytes of the line that is being read. */
  private static final class LineBytes {
    private byte[] bytes = new byte[256];
    private int length;

    void add(byte next) {
      if (length == bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.min(length * 4, LONGEST_LINE));
      }
      bytes[length++] = next;
    }

    int length() {
      return length;
    }

    String take() {
      var end = length > 0 && bytes[length - 1] == '\r' ? length - 1 : length;
      length = 0;
      return new String(bytes, 0, end, StandardCharsets.UTF_8);
    }
  }

  /** Lines so far, and the position behind them. */
  private static final class Page {
    private final int limit;
    private final List<String> lines = new ArrayList<>();
    private long next = -1;

    Page(int limit) {
      this.limit = limit;
    }

    void add(String line, long behind) {
      lines.add(line);
      next = behind;
    }

    void skip(long behind) {
      next = behind;
    }

    boolean full(long bytes) {
      return lines.size() >= limit || (bytes >= MOST_BYTES_OF_A_PAGE && !lines.isEmpty());
    }

    LogPage toLogPage(long from) {
      return new LogPage(lines, next < 0 ? from : next);
    }
  }
}
