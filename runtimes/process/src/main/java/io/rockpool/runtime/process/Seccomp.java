package io.rockpool.runtime.process;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Builds the system call filter of an instance: classic BPF over {@code struct seccomp_data}, see
 * seccomp(2). What widens the kernel's surface and what no gateway needs is denied with EPERM.
 */
final class Seccomp {
  private static final int LOAD = 0x20; // BPF_LD | BPF_W | BPF_ABS
  private static final int JUMP_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
  private static final int JUMP_AT_LEAST = 0x35; // BPF_JMP | BPF_JGE | BPF_K
  private static final int JUMP_ANY_BIT = 0x45; // BPF_JMP | BPF_JSET | BPF_K
  private static final int RETURN = 0x06; // BPF_RET | BPF_K

  private static final int NUMBER_AT = 0; // offsets in struct seccomp_data
  private static final int ARCHITECTURE_AT = 4;
  private static final int FIRST_ARGUMENT_AT = 16; // its low half: both machines are little-endian

  private static final int ALLOW = 0x7fff0000;
  private static final int KILL_PROCESS = 0x80000000;
  private static final int ERRNO = 0x00050000;
  private static final int EPERM = 1;
  private static final int ENOSYS = 38;
  private static final int CLONE_NEWUSER = 0x10000000;
  private static final int CLONE3 = 435;
  private static final int X32 = 0x40000000; // numbers from here on are x86_64's x32 variant

  /** What differs between machines. */
  private record Machine(int architecture, boolean hasX32, int cloneCall, List<Integer> denied) {}

  // ptrace process_vm_readv process_vm_writev mount umount2 pivot_root unshare setns bpf keyctl
  // add_key request_key userfaultfd perf_event_open kexec_load kexec_file_load open_by_handle_at
  // init_module finit_module delete_module
  private static final Machine X86_64 =
      new Machine(
          0xc000003e,
          true,
          56,
          List.of(
              101, 310, 311, 165, 166, 155, 272, 308, 321, 250, 248, 249, 323, 298, 246, 320, 304,
              175, 313, 176));
  private static final Machine AARCH64 =
      new Machine(
          0xc00000b7,
          false,
          220,
          List.of(
              117, 270, 271, 40, 39, 41, 97, 268, 280, 219, 217, 218, 282, 241, 104, 294, 265, 105,
              273, 106));

  // The same numbers on every machine: io_uring_setup open_tree move_mount fsopen fsconfig fsmount
  // fspick pidfd_getfd mount_setattr
  private static final List<Integer> DENIED_EVERYWHERE =
      List.of(425, 428, 429, 430, 431, 432, 433, 438, 442);

  /**
   * The filter as bubblewrap's {@code --seccomp} reads it; empty for a machine it is not known for.
   *
   * @param machine as {@code os.arch} names it
   */
  static Optional<byte[]> filter(String machine) {
    return switch (machine) {
      case "amd64", "x86_64" -> Optional.of(assemble(X86_64));
      case "aarch64", "arm64" -> Optional.of(assemble(AARCH64));
      default -> Optional.empty();
    };
  }

  private record Instruction(int code, int ifTrue, int ifFalse, int value) {}

  private static byte[] assemble(Machine machine) {
    var program = new ArrayList<Instruction>();
    program.add(new Instruction(LOAD, 0, 0, ARCHITECTURE_AT));
    program.add(new Instruction(JUMP_EQUAL, 1, 0, machine.architecture()));
    program.add(new Instruction(RETURN, 0, 0, KILL_PROCESS));
    program.add(new Instruction(LOAD, 0, 0, NUMBER_AT));
    if (machine.hasX32()) {
      program.add(new Instruction(JUMP_AT_LEAST, 0, 1, X32));
      program.add(new Instruction(RETURN, 0, 0, KILL_PROCESS));
    }
    for (var denied : machine.denied()) {
      deny(program, denied, EPERM);
    }
    for (var denied : DENIED_EVERYWHERE) {
      deny(program, denied, EPERM);
    }
    // clone3's flags are behind a pointer that a filter cannot follow. Without it libc takes clone.
    deny(program, CLONE3, ENOSYS);
    program.add(new Instruction(JUMP_EQUAL, 0, 3, machine.cloneCall()));
    program.add(new Instruction(LOAD, 0, 0, FIRST_ARGUMENT_AT));
    program.add(new Instruction(JUMP_ANY_BIT, 0, 1, CLONE_NEWUSER));
    program.add(new Instruction(RETURN, 0, 0, ERRNO | EPERM));
    program.add(new Instruction(RETURN, 0, 0, ALLOW));

    var bytes = ByteBuffer.allocate(program.size() * 8).order(ByteOrder.LITTLE_ENDIAN);
    for (var instruction : program) {
      bytes
          .putShort((short) instruction.code())
          .put((byte) instruction.ifTrue())
          .put((byte) instruction.ifFalse())
          .putInt(instruction.value());
    }
    return bytes.array();
  }

  private static void deny(List<Instruction> program, int number, int errno) {
    program.add(new Instruction(JUMP_EQUAL, 0, 1, number));
    program.add(new Instruction(RETURN, 0, 0, ERRNO | errno));
  }

  private Seccomp() {}
}
