// SPDX-License-Identifier: Apache-2.0
import CDigest

/// SHA-256 of a text, so that a cut text can be recognised where it is whole.
public enum TextDigest {
    /// 64 lower-case hexadecimal digits.
    public static func hexadecimal(of bytes: Span<UInt8>) -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        unsafe bytes.withUnsafeBufferPointer { source in
            unsafe digest.withUnsafeMutableBufferPointer { target in
                unsafe cdigest_sha256(source.baseAddress, source.count, target.baseAddress)
            }
        }
        var text: [UInt8] = []
        text.reserveCapacity(64)
        for byte in digest {
            for digit in [byte >> 4, byte & 15] { text.append(digit + (digit < 10 ? 48 : 87)) }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
