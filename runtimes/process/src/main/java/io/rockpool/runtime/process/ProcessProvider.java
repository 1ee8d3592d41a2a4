package io.rockpool.runtime.process;

import io.rockpool.runtime.RuntimeDriver;
import io.rockpool.runtime.RuntimeProvider;

/** Runs instances as processes of this host. */
public final class ProcessProvider implements RuntimeProvider {
  static final String NAME = "process";

  @Override
  public String name() {
    return NAME;
  }

  /**
   * Looks at what this host can do.
   *
   * @throws IllegalArgumentException for a setting that is unknown or out of its range
   */
  @Override
  public RuntimeDriver open(Setting setting) {
    return ProcessDriver.open(
        setting, OpenClawInstall.in(setting.cache()), HomeRegister.ofThisHost());
  }
}
