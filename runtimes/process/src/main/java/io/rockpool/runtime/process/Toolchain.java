package io.rockpool.runtime.process;

import io.rockpool.runtime.Preparation;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/** The OpenClaw that instances run. */
interface Toolchain {
  /** Makes sure it is there, see {@link Preparation#prepare}. */
  Preparation.Result prepare(Consumer<Preparation.Progress> progress) throws InterruptedException;

  /** The folder that has {@code node_modules}; what is in it is readable by everybody. */
  Path root();

  /** The configuration schema of this version; empty until it is there. */
  Optional<String> configSchema();
}
