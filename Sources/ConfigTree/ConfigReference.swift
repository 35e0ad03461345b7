// SPDX-License-Identifier: Apache-2.0

/// The documentation of every key, in the order of the declarations.
public struct ConfigReference: Sendable {
    public let entries: [ConfigEntry]
}
