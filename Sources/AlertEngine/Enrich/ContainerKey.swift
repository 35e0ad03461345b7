// SPDX-License-Identifier: Apache-2.0
import AlertModel

extension Span where Element == UInt8 {
    /// The part of a container's id that names it: the first twelve digits of a hexadecimal id, for Falco writes both the
    /// short form and the whole one; of any other id, all of it. nil for the host and for what no runtime writes.
    var containerKey: Span<UInt8>? {
        @_lifetime(copy self)
        get {
            guard count > 0, count <= 128, !equals("host") else { return nil }
            guard count >= 12 else { return self }
            for index in indices {
                switch self[index] {
                case UInt8(ascii: "0") ... UInt8(ascii: "9"), UInt8(ascii: "a") ... UInt8(ascii: "f"): continue
                default: return self
                }
            }
            return extracting(..<12)
        }
    }
}
