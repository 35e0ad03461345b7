// SPDX-License-Identifier: Apache-2.0
import CDigest

/// The name of a group, an incident or a storm, and of the records about them: a SHA-256 cut to 128 bits.
///
/// Depends on nothing but what it names: the same on every machine and in every run (records.md).
public struct SubjectID: Hashable, Comparable, Sendable {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The digest of `bytes`, which the caller has made unambiguous: typed and length-prefixed.
    public init(digestOf bytes: Span<UInt8>) {
        var digest: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        unsafe bytes.withUnsafeBufferPointer { source in
            unsafe withUnsafeMutableBytes(of: &digest) { target in
                unsafe cdigest_sha256(
                    source.baseAddress, source.count, target.baseAddress?.assumingMemoryBound(to: UInt8.self))
            }
        }
        high = UInt64(bigEndian: digest.0)
        low = UInt64(bigEndian: digest.1)
    }

    public static func < (left: SubjectID, right: SubjectID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

extension SubjectID: LosslessStringConvertible {
    /// 32 lower-case hexadecimal digits.
    public var description: String { RecordID.hexadecimal(high) + RecordID.hexadecimal(low) }

    public init?(_ description: String) {
        guard description.utf8.count == 32, description.utf8.allSatisfy({ $0 != 43 && $0 != 45 }),
            let high = UInt64(description.prefix(16), radix: 16), let low = UInt64(description.suffix(16), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
    }
}
