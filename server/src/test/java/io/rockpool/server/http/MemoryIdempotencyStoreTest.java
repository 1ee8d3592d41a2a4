package io.rockpool.server.http;

class MemoryIdempotencyStoreTest extends IdempotencyStoreContract {
  @Override
  protected IdempotencyStore open() {
    return new MemoryIdempotencyStore();
  }
}
