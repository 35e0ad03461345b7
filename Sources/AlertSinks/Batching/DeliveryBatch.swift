// SPDX-License-Identifier: Apache-2.0
import AlertFormats
public import AlertModel

/// Encoded records on their way to one destination, each with what was said about it so far. Owned by the sink's lane.
public struct DeliveryBatch: ~Copyable {
    /// One record.
    public struct Item: Sendable {
        /// Where its bytes are in the batch, without a line feed at their end.
        public let bytes: Range<Int>
        /// Its output number.
        public let output: Int64
        public let id: OutputID
        /// The group of repeats an alert belongs to, or the subject of a record of the engine's; nil without any.
        public let subject: SubjectID?
        public internal(set) var state: State = .waiting
    }

    public enum State: Hashable, Sendable {
        case waiting, accepted
        case refused(String)
    }

    var buffer: OutputBuffer
    public internal(set) var items: [Item] = []

    init(capacity: Int) { buffer = OutputBuffer(capacity: capacity) }

    public var isEmpty: Bool { items.isEmpty }
    /// Bytes of all records, sent or not.
    public var byteCount: Int { buffer.count }

    /// The records' bytes, one after another; `Item.bytes` says where.
    public var bytes: Span<UInt8> {
        @_lifetime(borrow self) get { buffer.bytes }
    }

    /// Indices of the items that still have to be sent, in order.
    public var waiting: [Int] { items.indices.filter { items[$0].state == .waiting } }

    /// The destination has it.
    public mutating func accept(_ index: Int) { items[index].state = .accepted }

    /// The destination will never take it.
    public mutating func refuse(_ index: Int, _ reason: String) { items[index].state = .refused(reason) }

    /// Everything that waits is refused.
    public mutating func refuseAll(_ reason: String) { for index in waiting { refuse(index, reason) } }

    mutating func removeAll() {
        buffer.removeAll()
        items.removeAll(keepingCapacity: true)
    }
}
