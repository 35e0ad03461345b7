// SPDX-License-Identifier: Apache-2.0

/// Do letters have to be the same letters in the same case?
public enum LetterCase: UInt8, Hashable, Sendable {
    case exact
    /// `A` is `a`. For letters beyond ASCII: Unicode's simple case mappings, one scalar to one scalar.
    case ignored
}

/// ASCII letters in lower case, every other byte as it is.
@inlinable
public func foldedASCII(_ byte: UInt8) -> UInt8 { byte &- 65 < 26 ? byte | 32 : byte }

/// The scalars that are the same letter as another one, to a comparison that ignores case.
enum CaseVariants {
    /// `scalar` itself first, then its upper, lower and title case where those are single scalars.
    static func of(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
        var variants = [scalar]
        func add(_ mapping: String) {
            let scalars = mapping.unicodeScalars
            guard let only = scalars.first, scalars.count == 1, !variants.contains(only) else { return }
            variants.append(only)
        }
        let properties = scalar.properties
        for mapping in [properties.lowercaseMapping, properties.uppercaseMapping, properties.titlecaseMapping] {
            add(mapping)
        }
        for variant in variants {
            add(variant.properties.lowercaseMapping)
            add(variant.properties.uppercaseMapping)
        }
        return variants
    }
}
