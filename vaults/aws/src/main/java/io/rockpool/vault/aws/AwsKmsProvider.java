package io.rockpool.vault.aws;

import io.rockpool.control.vault.KeyWrap;
import io.rockpool.control.vault.KmsProvider;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsClient;

/**
 * Opens keys of AWS KMS by their ARN. Logs in as every AWS tool does: by the environment, the
 * profile, or the role of the machine.
 */
public final class AwsKmsProvider implements KmsProvider {
  /** An alias is none: what it names may change, and what was wrapped must be found again. */
  private static final Pattern ARN =
      Pattern.compile("arn:aws[a-z-]*:kms:([a-z0-9-]+):[0-9]{12}:key/[A-Za-z0-9-]{1,64}");

  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration ANSWER = Duration.ofSeconds(10);

  @Override
  public String name() {
    return "aws";
  }

  @Override
  public KeyWrap open(String key, Optional<URI> endpoint) {
    return open(key, endpoint, DefaultCredentialsProvider.builder().build());
  }

  static AwsKms open(String key, Optional<URI> endpoint, AwsCredentialsProvider login) {
    var arn = ARN.matcher(key);
    if (!arn.matches()) {
      throw new IllegalArgumentException(
          "'%s' is no key of AWS KMS: give its ARN, arn:aws:kms:REGION:ACCOUNT:key/ID"
              .formatted(key));
    }
    var client =
        KmsClient.builder()
            .region(Region.of(arn.group(1)))
            .credentialsProvider(login)
            .httpClientBuilder(
                Apache5HttpClient.builder().connectionTimeout(CONNECT).socketTimeout(ANSWER));
    endpoint.ifPresent(client::endpointOverride);
    return new AwsKms(key, client.build());
  }
}
