package io.rockpool.runtime.process;

import io.rockpool.runtime.process.Kernel.Range;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Looks through one instance's memory for the anonymous pages that are in RAM. */
final class PresentPages {
  /** What is looked through at most: an instance may map far more than it uses. */
  private static final long MOST_MAPPED = 32L << 30;

  /** What a mapping costs to look through, as if it was that large. */
  private static final long EACH_MAPPING = 128L << 10;

  private static final int ENTRY = Long.BYTES;
  private static final long PRESENT = 1L << 63; // proc_pid_pagemap(5)

  private final int page = Kernel.pageSize();
  private final ByteBuffer entries = ByteBuffer.allocate(1 << 16).order(ByteOrder.nativeOrder());
  private long room = MOST_MAPPED;

  /** Those of one process, joined to ranges; none when it is gone, or not ours to see. */
  List<Range> of(long pid) {
    if (room <= 0) {
      return List.of();
    }
    var found = new ArrayList<Range>();
    try (var pagemap = new RandomAccessFile("/proc/%d/pagemap".formatted(pid), "r")) {
      for (var mapping : Mapping.of(pid)) {
        room -= EACH_MAPPING;
        if (mapping.anonymous() && !mapping.reserved() && mapping.range().length() <= room) {
          room -= mapping.range().length();
          found.addAll(in(mapping.range(), pagemap));
        }
      }
    } catch (IOException gone) {
      return List.of();
    }
    return found;
  }

  private List<Range> in(Range mapping, RandomAccessFile pagemap) throws IOException {
    var runs = new Runs(page);
    long at = mapping.start();
    while (at < mapping.end()) {
      long pages = Math.min((mapping.end() - at) / page, entries.capacity() / ENTRY);
      pagemap.seek(at / page * ENTRY);
      pagemap.readFully(entries.array(), 0, (int) pages * ENTRY);
      for (int i = 0; i < pages; i++) {
        if ((entries.getLong(i * ENTRY) & PRESENT) != 0) {
          runs.add(at + (long) i * page);
        }
      }
      at += pages * page;
    }
    return runs.found();
  }

  /** Joins pages, in the order of their addresses, to ranges. */
  static final class Runs {
    /** Pages between two used ones that are taken along: one range is read faster than two. */
    private static final int GAP = 8;

    private final int page;
    private final List<Range> found = new ArrayList<>();

    Runs(int page) {
      this.page = page;
    }

    void add(long address) {
      if (!found.isEmpty() && address - found.getLast().end() <= (long) GAP * page) {
        found.add(new Range(found.removeLast().start(), address + page));
      } else {
        found.add(new Range(address, address + page));
      }
    }

    List<Range> found() {
      return found;
    }
  }
}
