package io.rockpool.runtime.process;

import io.rockpool.runtime.process.Kernel.Range;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * One mapping of a process's memory, from proc_pid_maps(5).
 *
 * @param anonymous of no file: only swap can take it
 * @param reserved may not even be read, so that there is nothing in it
 */
record Mapping(Range range, boolean anonymous, boolean reserved) {
  /** Pages of the kernel itself. */
  private static final Set<String> KERNELS =
      Set.of("[vvar]", "[vvar_vclock]", "[vdso]", "[vsyscall]");

  /** All that belong to the process; none when it is gone, or not ours to see. */
  static List<Mapping> of(long pid) {
    var mappings = new ArrayList<Mapping>();
    try {
      for (var line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "maps"))) {
        var fields = line.split(" +", 6); // RANGE PERMISSIONS OFFSET DEVICE INODE NAME
        if (fields.length < 6 || !KERNELS.contains(fields[5])) {
          var ends = fields[0].split("-", 2);
          var range = new Range(Long.parseLong(ends[0], 16), Long.parseLong(ends[1], 16));
          mappings.add(new Mapping(range, fields[4].equals("0"), fields[1].startsWith("---")));
        }
      }
    } catch (IOException gone) {
      return List.of();
    }
    return mappings;
  }
}
