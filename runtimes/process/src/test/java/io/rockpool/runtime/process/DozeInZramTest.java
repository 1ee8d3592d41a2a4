package io.rockpool.runtime.process;

import static io.rockpool.runtime.process.Victims.ADA;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Swap in compressed memory: as quick page by page as in long runs. */
class DozeInZramTest extends DozeMemoryContract {
  @RegisterExtension static final SwapSpace SWAP = SwapSpace.inZram();

  @Test
  void nothing_is_fetched_ahead() {
    var driver = host.open();
    start(driver);
    driver.doze(ADA);
    driver.wake(ADA);
    Victims.answer(driver);

    driver.doze(ADA);

    assertThat(host.folder(ADA).workingSet(host.folder(ADA).lifemark().orElseThrow())).isEmpty();
  }
}
