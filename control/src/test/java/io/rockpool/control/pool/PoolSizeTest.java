package io.rockpool.control.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.runtime.HostMemory;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class PoolSizeTest {
  record Row(String name, int most, int demand, int members, HostMemory host, int expected) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Row> rows =
      List.of(
          new Row("without any demand one waits", 2, 0, 0, host(16, 12), 1),
          new Row("the pool grows with demand", 4, 3, 0, host(16, 12), 3),
          new Row("never beyond the setting", 2, 50, 1, host(16, 12), 2),
          new Row("0 is no pool", 0, 9, 0, host(64, 60), 0),
          new Row("0 ends the pool that there is", 0, 9, 2, host(64, 60), 0),
          new Row("a small machine has no pool", 2, 5, 0, host(7.9, 7), 0),
          new Row("a machine sold with 8 GB has one", 2, 5, 0, host(8, 6), 2),
          new Row("demand that ebbs lets members go", 4, 1, 3, host(16, 12), 1),
          new Row("no room for another, but for those that wait", 4, 3, 1, host(10, 2.9), 1),
          new Row("just room for another", 4, 3, 1, host(10, 3.4), 3),
          new Row("a first one needs room for a start beside it", 2, 0, 0, host(10, 3.3), 0),
          new Row("what an owner's start would miss is given back", 2, 2, 2, host(10, 2.1), 0),
          new Row("the reserve of a large host is a tenth", 2, 2, 2, host(64, 7.5), 0),
          new Row("no memory at all is no pool", 2, 2, 2, host(16, 0), 0));

  @ParameterizedTest
  @FieldSource("rows")
  void decides(Row row) {
    assertThat(PoolSize.of(row.most(), row.demand(), row.members(), row.host()))
        .isEqualTo(row.expected());
  }

  private static HostMemory host(double total, double available) {
    return new HostMemory((long) (total * 1e9), (long) (available * 1e9), 0, 0);
  }
}
