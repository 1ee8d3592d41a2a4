/** Master keys in the key management service of AWS. */
@NullMarked
package io.rockpool.vault.aws;

import org.jspecify.annotations.NullMarked;
