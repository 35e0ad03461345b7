// SPDX-License-Identifier: Apache-2.0

/// An alert of this journal in eight bytes: its place (40 bits), and which of the journal's epochs it was accepted under
/// (24 bits, an index into `EpochTable`).
public struct AlertReference: Hashable, Sendable {
    public let packed: UInt64

    @inlinable
    public init(packed: UInt64) { self.packed = packed }

    /// `place` below 2⁴⁰ (at a million alerts a second, twelve days; at ten thousand, three and a half years).
    @inlinable
    public init(place: Int64, epochIndex: Int) {
        packed = UInt64(truncatingIfNeeded: place) & (1 << 40 - 1) | UInt64(truncatingIfNeeded: epochIndex) << 40
    }

    @inlinable public var place: Int64 { Int64(packed & (1 << 40 - 1)) }
    @inlinable public var epochIndex: Int { Int(packed >> 40) }
}

/// The epochs of the alerts that the engine's state names, in the order in which they were met.
public struct EpochTable: Hashable, Sendable {
    public private(set) var epochs: [UInt64] = []

    public init() {}

    public init(_ epochs: [UInt64]) { self.epochs = epochs }

    /// The index of an epoch, which is added when it is new.
    public mutating func index(of epoch: UInt64) -> Int {
        if let last = epochs.last, last == epoch { return epochs.count - 1 }
        if let known = epochs.lastIndex(of: epoch) { return known }
        epochs.append(epoch)
        return epochs.count - 1
    }

    /// The id of the alert that a reference of this table names.
    public func id(of reference: AlertReference, installation: UInt64) -> RecordID {
        let epoch = reference.epochIndex < epochs.count ? epochs[reference.epochIndex] : 0
        return RecordID(installation: installation, epoch: epoch, place: reference.place)
    }
}
