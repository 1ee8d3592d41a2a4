package io.rockpool.payment.tck;

import io.rockpool.payment.PaymentProvider;

class FakePaymentsTest extends PaymentProviderContract {
  private final FakePayments payments = new FakePayments();

  @Override
  protected PaymentProvider open() {
    return payments;
  }

  @Override
  protected Payers payers() {
    return payments;
  }
}
