// SPDX-License-Identifier: Apache-2.0

/// Moves batches of encoded records to one destination: what differs from one network sink to the next.
///
/// All calls come from the sink's lane, which may be held up by them: each ends within the carrier's own time limits.
public protocol BatchCarrier: AnyObject {
    /// The YAML `type` and metric label.
    static var typeName: String { get }
    static var deliveryClass: DeliveryClass { get }

    /// Prepares the connection; may be left to the first `send`. Called again after an error.
    func open() throws(DeliveryError)

    /// Sends what `batch` still has waiting. Whatever is neither refused nor accepted by name when it returns counts as
    /// accepted. After `.retry` the same batch comes again, without what was settled meanwhile.
    func send(_ batch: inout DeliveryBatch) throws(DeliveryError)

    /// Certificates and the like may have changed (SIGHUP, SIGUSR1).
    func reopen() throws(DeliveryError)

    /// What must be kept beside the cursor; empty for most.
    var position: [UInt8] { get }

    /// `AlertSink.tally`.
    var tally: (any SinkTally)? { get }

    /// `AlertSink.whileWaiting`: for carriers whose `send` may wait for longer than a few seconds.
    func whileWaiting(do look: @escaping () -> Bool)

    func close()
}

extension BatchCarrier {
    public func open() throws(DeliveryError) {}
    public func reopen() throws(DeliveryError) {}
    public var position: [UInt8] { [] }
    public var tally: (any SinkTally)? { nil }
    public func whileWaiting(do look: @escaping () -> Bool) {}
    public func close() {}
}
