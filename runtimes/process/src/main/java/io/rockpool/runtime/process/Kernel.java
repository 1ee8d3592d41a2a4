package io.rockpool.runtime.process;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.List;

/**
 * The system calls that the JDK does not offer. Their numbers are the same on x86-64, ARM64 and
 * RISC-V, see linux/include/uapi/asm-generic/unistd.h. A call holds its thread: never make a long
 * one from a virtual thread.
 */
@SuppressWarnings("restricted") // the launcher says --enable-native-access
final class Kernel {
  static final long SIGCONT = 18;
  static final long SIGSTOP = 19;
  static final long MADV_WILLNEED = 3;
  static final long MADV_PAGEOUT = 21;

  /** Most ranges that one call takes: IOV_MAX. */
  private static final int BATCH = 1024;

  private static final long PIDFD_SEND_SIGNAL = 424;
  private static final long PIDFD_OPEN = 434;
  private static final long PROCESS_MADVISE = 440;

  private static final int EPERM = 1;
  private static final int ESRCH = 3;
  private static final int EACCES = 13;
  private static final int ENOSYS = 38;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO = STATE.varHandle(PathElement.groupElement("errno"));
  private static final MemoryLayout IOVEC =
      MemoryLayout.structLayout(JAVA_LONG.withName("base"), JAVA_LONG.withName("length"));

  private static final MethodHandle SYSCALL =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("syscall"),
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
          Linker.Option.firstVariadicArg(1),
          Linker.Option.captureCallState("errno"));
  private static final MethodHandle CLOSE =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("close"), FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle PAGE_SIZE =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("getpagesize"), FunctionDescriptor.of(JAVA_INT));

  /** Part of a process's memory, in bytes from {@code start} to before {@code end}. */
  record Range(long start, long end) {
    long length() {
      return end - start;
    }
  }

  /** Bytes of a page of memory. */
  static int pageSize() {
    try {
      return (int) PAGE_SIZE.invokeExact();
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** Sends a signal to a process; does nothing when it is gone. */
  static void signal(long pid, long signal) {
    try (var arena = Arena.ofConfined()) {
      var call = new Call(arena);
      long process = call.make(PIDFD_OPEN, pid, 0, 0, 0, 0);
      if (process >= 0) {
        try {
          long _ = call.make(PIDFD_SEND_SIGNAL, process, signal, 0, 0, 0);
        } finally {
          close(process);
        }
      }
    }
  }

  /**
   * Advises the kernel about a process's memory. A range that is not there, or that the advice does
   * not fit, is passed over; so is a process that is gone.
   *
   * @return whether this kernel lets us do that at all
   */
  static boolean advise(long pid, List<Range> ranges, long advice) {
    try (var arena = Arena.ofConfined()) {
      var call = new Call(arena);
      long process = call.make(PIDFD_OPEN, pid, 0, 0, 0, 0);
      if (process < 0) {
        return call.errno() == ESRCH;
      }
      try {
        return advise(call, arena.allocate(IOVEC, BATCH), process, ranges, advice);
      } finally {
        close(process);
      }
    }
  }

  private static boolean advise(
      Call call, MemorySegment vector, long process, List<Range> ranges, long advice) {
    int at = 0;
    while (at < ranges.size()) {
      var batch = ranges.subList(at, Math.min(ranges.size(), at + BATCH));
      for (int i = 0; i < batch.size(); i++) {
        vector.setAtIndex(JAVA_LONG, 2L * i, batch.get(i).start());
        vector.setAtIndex(JAVA_LONG, 2L * i + 1, batch.get(i).length());
      }
      long done = call.make(PROCESS_MADVISE, process, vector.address(), batch.size(), advice, 0);
      if (done < 0) {
        int errno = call.errno();
        if (errno == EPERM || errno == EACCES || errno == ENOSYS) {
          return false;
        }
        if (errno == ESRCH) {
          return true;
        }
      }
      at += Math.max(1, whole(batch, done)); // it ends before a range that it cannot take
    }
    return true;
  }

  /** How many of the first ranges these bytes fill. */
  private static int whole(List<Range> ranges, long bytes) {
    long left = bytes;
    int whole = 0;
    while (whole < ranges.size() && ranges.get(whole).length() <= left) {
      left -= ranges.get(whole).length();
      whole++;
    }
    return whole;
  }

  private static void close(long descriptor) {
    try {
      int _ = (int) CLOSE.invokeExact((int) descriptor);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** Calls of one thread, with what the last one that failed left as its reason. */
  private record Call(MemorySegment state) {
    Call(Arena arena) {
      this(arena.allocate(STATE));
    }

    long make(long number, long a, long b, long c, long d, long e) {
      try {
        return (long) SYSCALL.invokeExact(state, number, a, b, c, d, e);
      } catch (Throwable thrown) {
        throw new AssertionError(thrown);
      }
    }

    int errno() {
      return (int) ERRNO.get(state, 0L);
    }
  }

  private Kernel() {}
}
