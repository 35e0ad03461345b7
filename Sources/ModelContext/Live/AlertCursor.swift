// SPDX-License-Identifier: Apache-2.0

/// How far somebody has seen the outputs of a journal: `9be0c4d2a1f08e37.1024`.
///
/// The number alone would not do: after a power loss that took the journal's end, or with a new journal, the same number
/// names another output. The epoch is that of the process start under which the output's entry was accepted; of the
/// journal itself (its installation) before the first output. Clients take it as it is.
public struct AlertCursor: Hashable, Sendable {
    public let epoch: UInt64
    /// The last output that was seen; 0: none.
    public let output: Int64

    public init(epoch: UInt64, output: Int64) {
        self.epoch = epoch
        self.output = output
    }
}

extension AlertCursor: LosslessStringConvertible {
    /// 16 hexadecimal digits, a point, and up to 19 decimal digits.
    public static let longestText = 36

    public var description: String {
        let digits = String(epoch, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits + ".\(output)"
    }

    /// nil for anything that no cursor looks like.
    public init?(_ description: String) {
        let bytes = description.utf8
        guard bytes.count <= Self.longestText, bytes.count > 17 else { return nil }
        var epoch: UInt64 = 0
        for byte in bytes.prefix(16) {
            guard let digit = Self.digit(byte) else { return nil }
            epoch = epoch << 4 | UInt64(digit)
        }
        let rest = bytes.dropFirst(16)
        guard rest.first == UInt8(ascii: "."), rest.dropFirst().allSatisfy({ (48 ... 57).contains($0) }),
            let output = Int64(String(decoding: rest.dropFirst(), as: UTF8.self)), output < .max
        else { return nil }
        self.init(epoch: epoch, output: output)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 48 ... 57: byte - 48
        case 97 ... 102: byte - 87
        case 65 ... 70: byte - 55
        default: nil
        }
    }
}
