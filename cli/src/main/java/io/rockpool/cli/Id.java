package io.rockpool.cli;

import io.rockpool.runtime.InstanceId;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads an instance id from the command line. */
final class Id implements ITypeConverter<InstanceId> {
  @Override
  public InstanceId convert(String text) {
    try {
      return new InstanceId(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(String.valueOf(e.getMessage()));
    }
  }
}
