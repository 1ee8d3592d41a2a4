/** Benchmarks: Rockpool against peers and physical limits, as ratios within one run. */
@NullMarked
package io.rockpool.bench;

import org.jspecify.annotations.NullMarked;
