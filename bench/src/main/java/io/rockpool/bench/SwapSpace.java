package io.rockpool.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Swap for the time of a benchmark; needs root. */
final class SwapSpace implements AutoCloseable {
  private static final Path ZRAM = Path.of("/sys/block/zram0");
  private static final Path PAGE_CLUSTER = Path.of("/proc/sys/vm/page-cluster");

  private final String name;
  private final List<List<String>> undo;
  private final String pageCluster;

  private SwapSpace(String name, List<List<String>> undo, String pageCluster) {
    this.name = name;
    this.undo = undo;
    this.pageCluster = pageCluster;
  }

  /** A file of its own on the disk of {@code folder}. */
  static SwapSpace disk(Path folder, int gibibytes) throws IOException, InterruptedException {
    var before = Files.readString(PAGE_CLUSTER).strip();
    var file = folder.resolve("rockpool-bench.swap").toString();
    run("fallocate", "-l", gibibytes + "G", file);
    run("chmod", "600", file);
    run("mkswap", file);
    run("swapon", "-p", "32000", file);
    return new SwapSpace("disk", List.of(List.of("swapoff", file), List.of("rm", file)), before);
  }

  /** Compressed memory, by lz4, with single pages read as swap-in advises. */
  static SwapSpace zram(int gibibytes) throws IOException, InterruptedException {
    var before = Files.readString(PAGE_CLUSTER).strip();
    if (!Files.readString(ZRAM.resolve("disksize")).strip().equals("0")) {
      throw new IOException("zram0 is in use: swapoff it and reset it first.");
    }
    Files.writeString(ZRAM.resolve("comp_algorithm"), "lz4");
    Files.writeString(ZRAM.resolve("disksize"), gibibytes + "G");
    run("mkswap", "/dev/zram0");
    run("swapon", "-p", "32000", "/dev/zram0");
    Files.writeString(PAGE_CLUSTER, "0");
    return new SwapSpace("zram", List.of(List.of("swapoff", "/dev/zram0")), before);
  }

  String name() {
    return name;
  }

  /** RAM that the compressed store takes, in bytes; 0 for a disk. */
  long store() throws IOException {
    if (!name.equals("zram")) {
      return 0;
    }
    // mm_stat of zram's documentation: original, compressed, memory used in all, …
    var numbers = Files.readString(ZRAM.resolve("mm_stat")).strip().split("\\s+", -1);
    return Long.parseLong(numbers[2]);
  }

  static void run(String... command) throws IOException, InterruptedException {
    run(List.of(command));
  }

  private static void run(List<String> command) throws IOException, InterruptedException {
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said;
    try (var reader = process.inputReader()) {
      said = reader.readAllAsString();
    }
    if (!process.waitFor(5, TimeUnit.MINUTES) || process.exitValue() != 0) {
      throw new IOException("%s: %s".formatted(String.join(" ", command), said.strip()));
    }
  }

  @Override
  public void close() throws IOException {
    for (var command : undo) {
      try {
        run(command);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    if (name.equals("zram")) {
      Files.writeString(ZRAM.resolve("reset"), "1");
    }
    Files.writeString(PAGE_CLUSTER, pageCluster);
  }
}
