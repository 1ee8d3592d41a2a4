/**
 * Speaking OpenClaw: its configuration in layers, what an owner may change in it, teams of agents,
 * how a gateway is launched, and the client that talks to one. What OpenClaw expects was measured
 * with version 2026.9.6; the tests tagged {@code openclaw} check it against a real gateway.
 */
@NullMarked
package io.rockpool.control.openclaw;

import org.jspecify.annotations.NullMarked;
