// SPDX-License-Identifier: Apache-2.0

/// The name of one journal entry for ever: which journal, which process start, which place.
///
/// A place alone can come back after a power loss that took an unsynced tail; with the random epoch of its process start
/// it cannot (records.md). Alerts and gap records are named by it.
public struct RecordID: Hashable, Sendable {
    /// The journal file's random identity, made when it was created.
    public let installation: UInt64
    /// Random, new at every process start; an entry keeps the one it was accepted under.
    public let epoch: UInt64
    public let place: Int64

    public init(installation: UInt64, epoch: UInt64, place: Int64) {
        self.installation = installation
        self.epoch = epoch
        self.place = place
    }
}

extension RecordID: LosslessStringConvertible {
    /// `4f1c9a2e07b3d651-9be0c4d2a1f08e37-1024`: two times 16 lower-case hexadecimal digits, and the place in decimal.
    public var description: String { "\(Self.hexadecimal(installation))-\(Self.hexadecimal(epoch))-\(place)" }

    public init?(_ description: String) {
        let parts = description.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].count == 16, parts[1].count == 16,
            let installation = UInt64(parts[0], radix: 16), let epoch = UInt64(parts[1], radix: 16),
            let place = Int64(parts[2]), place >= 0
        else { return nil }
        self.init(installation: installation, epoch: epoch, place: place)
    }

    static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
