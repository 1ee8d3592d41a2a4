package io.rockpool.vault.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rockpool.control.vault.KmsProvider;
import io.rockpool.control.vault.VaultException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.ServiceLoader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

class AwsKmsTest {
  private static final byte[] DATA_KEY =
      "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private final KmsDouble service = new KmsDouble();

  @AfterEach
  void close() {
    service.close();
  }

  @Test
  void a_data_key_is_wrapped_and_unwrapped_for_its_context_alone() {
    var kms = open(KmsDouble.ARN, KmsDouble.SECRET_KEY);

    var wrapped = kms.wrap(DATA_KEY, "data key\nada\n1");

    assertThat(kms.id()).isEqualTo("aws:" + KmsDouble.ARN);
    assertThat(kms.unwrap(wrapped, "data key\nada\n1")).isEqualTo(DATA_KEY);
    assertThat(service.asked.element().at("/EncryptionContext/rockpool").asString())
        .isEqualTo("data key\nada\n1");
    assertThatThrownBy(() -> kms.unwrap(wrapped, "data key\nbob\n1"))
        .isInstanceOf(VaultException.class);
    assertThatThrownBy(() ->
            open(KmsDouble.OTHER_ARN, KmsDouble.SECRET_KEY).unwrap(wrapped, "data key\nada\n1"))
        .isInstanceOf(VaultException.class);
    wrapped[wrapped.length - 1] ^= 1;
    assertThatThrownBy(() -> kms.unwrap(wrapped, "data key\nada\n1"))
        .isInstanceOf(VaultException.class);
  }

  @Test
  void a_refusal_says_what_to_check_and_no_secret() {
    assertThatThrownBy(() -> open(KmsDouble.ARN, "wrong").wrap(DATA_KEY, "x"))
        .isInstanceOf(VaultException.class)
        .hasMessageContaining("kms:Encrypt")
        .hasMessageContaining("InvalidSignatureException");
    service.disable();
    assertThatThrownBy(() -> open(KmsDouble.ARN, KmsDouble.SECRET_KEY).wrap(DATA_KEY, "x"))
        .isInstanceOf(VaultException.class)
        .hasMessageContaining("DisabledException")
        .hasMessageNotContaining(KmsDouble.SECRET_KEY);
  }

  @Test
  void a_service_that_is_not_there_is_said_to_be_silent() {
    var kms =
        AwsKmsProvider.open(
            KmsDouble.ARN,
            Optional.of(URI.create("http://127.0.0.1:1")),
            StaticCredentialsProvider.create(AwsBasicCredentials.create("a", "b")));

    assertThatThrownBy(() -> kms.wrap(DATA_KEY, "x"))
        .isInstanceOf(VaultException.class)
        .hasMessageContaining("does not answer");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "alias/rockpool", "1234abcd", "arn:aws:s3:::bucket"})
  void what_is_no_key_is_refused_at_once(String key) {
    assertThatThrownBy(() -> new AwsKmsProvider().open(key, Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("arn:aws:kms");
  }

  @Test
  void servers_find_it_by_its_name() {
    assertThat(ServiceLoader.load(KmsProvider.class))
        .extracting(KmsProvider::name)
        .containsExactly("aws");
  }

  private AwsKms open(String arn, String secret) {
    return AwsKmsProvider.open(
        arn,
        Optional.of(service.address()),
        StaticCredentialsProvider.create(AwsBasicCredentials.create(KmsDouble.ACCESS_KEY, secret)));
  }
}
