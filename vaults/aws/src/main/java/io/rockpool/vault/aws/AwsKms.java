package io.rockpool.vault.aws;

import io.rockpool.control.vault.KeyWrap;
import io.rockpool.control.vault.VaultException;
import java.util.Map;
import java.util.function.Supplier;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.InvalidCiphertextException;
import software.amazon.awssdk.services.kms.model.KmsException;

/**
 * A symmetric key of AWS KMS. The context is its encryption context, which it binds to the result
 * and writes to its own log of who used the key for what. It rotates by itself where that is
 * switched on there; the ARN stays.
 */
final class AwsKms implements KeyWrap {
  private static final String CONTEXT = "rockpool";

  private final String arn;
  private final KmsClient client;

  AwsKms(String arn, KmsClient client) {
    this.arn = arn;
    this.client = client;
  }

  @Override
  public String id() {
    return "aws:" + arn;
  }

  @Override
  public byte[] wrap(byte[] key, String context) {
    return asked(() ->
        client
            .encrypt(it ->
                it.keyId(arn)
                    .plaintext(SdkBytes.fromByteArray(key))
                    .encryptionContext(Map.of(CONTEXT, context)))
            .ciphertextBlob()
            .asByteArray());
  }

  @Override
  public byte[] unwrap(byte[] wrapped, String context) {
    return asked(() ->
        client
            .decrypt(it ->
                it.keyId(arn)
                    .ciphertextBlob(SdkBytes.fromByteArray(wrapped))
                    .encryptionContext(Map.of(CONTEXT, context)))
            .plaintext()
            .asByteArray());
  }

  private <T> T asked(Supplier<T> question) {
    try {
      return question.get();
    } catch (InvalidCiphertextException e) {
      throw new VaultException("a data key was changed, or belongs elsewhere", e);
    } catch (KmsException e) {
      throw new VaultException(
          "AWS KMS refuses the key %s (%s): check that it is enabled, and that this server may kms:Encrypt and kms:Decrypt with it"
              .formatted(
                  arn,
                  e.awsErrorDetails() == null ? e.statusCode() : e.awsErrorDetails().errorCode()),
          e);
    } catch (SdkException e) {
      throw new VaultException(
          "AWS KMS does not answer: %s".formatted(String.valueOf(e.getMessage())), e);
    }
  }
}
