package io.rockpool.server;

/** What this is. */
final class Product {
  static final String NAME = "Rockpool";

  /** From the jar's manifest; a build that is not packed has none. */
  static final String VERSION = version();

  private static String version() {
    var version = Product.class.getPackage().getImplementationVersion();
    return version == null ? "0.1.0-SNAPSHOT" : version;
  }

  private Product() {}
}
