package io.rockpool.runtime;

/**
 * A host's memory, in bytes.
 *
 * @param total RAM that instances and all else share
 * @param available of it without pushing anything into swap, as the kernel estimates
 * @param swap all swap space; 0 where there is none
 * @param freeSwap of it
 */
public record HostMemory(long total, long available, long swap, long freeSwap) {
  public HostMemory {
    if (available < 0 || total < available || freeSwap < 0 || swap < freeSwap) {
      throw new IllegalArgumentException(
          "no host has %d of %d bytes of RAM and %d of %d bytes of swap"
              .formatted(available, total, freeSwap, swap));
    }
  }
}
