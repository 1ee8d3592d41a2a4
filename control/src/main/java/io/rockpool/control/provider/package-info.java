/** The model providers of the operator and of accounts, and which of them serve a model. */
@NullMarked
package io.rockpool.control.provider;

import org.jspecify.annotations.NullMarked;
