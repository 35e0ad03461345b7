// SPDX-License-Identifier: Apache-2.0

/// What the reference says about one key. Made by the declarations that read it.
public struct ConfigEntry: Sendable {
    public enum Default: Sendable {
        /// As YAML has it.
        case value(String)
        /// Chosen at start, in words.
        case chosen(String)
        /// Nothing.
        case absent
        /// The key must be there; an example of a value.
        case required(example: String)
    }

    /// One `type:` of a map of components.
    public struct Variant: Sendable {
        public let type: String
        public let help: String
        public let entries: [ConfigEntry]
    }

    public indirect enum Kind: Sendable {
        case value(type: String, default: Default, allowed: String?)
        /// `isOptional`: without the section, what it describes does not exist; else its keys have their defaults.
        case section([ConfigEntry], isOptional: Bool)
        /// A list of maps.
        case sections([ConfigEntry])
        /// A map from names to components; `whenAbsent` says in words what there is without it.
        case components([Variant], name: String, whenAbsent: String)
    }

    public let key: String
    public let help: String
    public let kind: Kind
}
