// SPDX-License-Identifier: Apache-2.0

extension Span where Element == UInt8 {
    /// Byte equality with an ASCII literal.
    @inlinable
    public func equals(_ text: StaticString) -> Bool { count == text.utf8CodeUnitCount && startsWith(text) }

    @inlinable
    public func startsWith(_ text: StaticString) -> Bool {
        guard count >= text.utf8CodeUnitCount else { return false }
        for index in 0 ..< text.utf8CodeUnitCount where unsafe self[index] != text.utf8Start[index] { return false }
        return true
    }

    /// Byte equality.
    @inlinable
    public func equals(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        var place = 0
        let (left, right) = unsafe (bytes, other.bytes)
        // Eight at once: hosts and sources are compared for every alert. Both loads end within `count`.
        while count - place >= 8 {
            let word = unsafe left.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self)
            guard unsafe word == right.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self) else { return false }
            place += 8
        }
        while place < count {
            guard self[place] == other[place] else { return false }
            place += 1
        }
        return true
    }

    /// Bytewise order: `self` comes after `other`.
    public func follows(_ other: Span<UInt8>) -> Bool {
        for index in 0 ..< Swift.min(count, other.count) where self[index] != other[index] {
            return self[index] > other[index]
        }
        return count > other.count
    }

    /// Where the text behind `->` begins; nil without an arrow.
    var offsetBehindArrow: Int? {
        for index in 0 ..< Swift.max(0, count - 1) where self[index] == 45 && self[index + 1] == 62 { return index + 2 }
        return nil
    }
}
