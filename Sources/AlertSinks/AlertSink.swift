// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// What moves records out, on a lane of its own.
///
/// All calls come from one thread, the sink's lane: `open`, then `write` for entry after entry in the order of their
/// outputs and `flush` whenever nothing more is waiting, then `close`. After a call that threw `.retry` the lane waits
/// and makes the same call again until it returns; what was taken already is not taken twice.
public protocol AlertSink: AnyObject {
    /// The YAML `type` and metric label.
    static var typeName: String { get }
    /// What a receiver can count on.
    static var deliveryClass: DeliveryClass { get }

    /// Opens what the sink writes to. `cursor` is the one that was stored last, nil the first time; the lane then feeds
    /// the outputs from `cursor.nextOutput` on, some of which may have been delivered already.
    func open(at cursor: SinkCursor?) throws(DeliveryError)

    /// Takes the outputs of `entry` from number `output` on.
    func write(_ entry: DecidedEntry, from output: Int64) throws(DeliveryError)

    /// Hands over everything taken so far.
    func flush() throws(DeliveryError)

    /// Opens the destination anew (SIGHUP, SIGUSR1). Until it returns the sink goes on with the old one.
    func reopen() throws(DeliveryError)

    /// The sink's own note of the place that the last `flush` reached, to be stored with the number of the next output.
    var position: [UInt8] { get }

    /// What the destination refused for good since the last call; asked for after every `flush`, and stored with the cursor
    /// that passes it.
    func takeRefused() -> [RefusedOutput]

    /// Records may end as dead letters here: the sink names what is refused, can give up, and takes records again. Without
    /// it the next three are never called.
    var hasDeadLetters: Bool { get }

    /// What is taken and not delivered is given up and counts as refused: the time limit for repeating it is over.
    func giveUp(_ reason: String)

    /// Takes one output of `entry` that was refused before, whatever its number; `flush` hands it over, and `takeRefused`
    /// names it when it is refused again. Asked for between a `flush` and the next `write`.
    func writeAgain(_ entry: DecidedEntry, output: Int64) throws(DeliveryError)

    /// What sinks of this kind count beyond what the lane counts. Asked for once, before `open`; nil: nothing.
    var tally: (any SinkTally)? { get }

    /// While a call waits for its destination it does `look` about once a second, on the lane's thread: so a destination
    /// that never answers cannot keep the lane from looking at what waits behind the call. When `look` says false nobody
    /// waits for the destination any more: the call ends, as if it had failed. Told before `open`. A sink whose calls are
    /// short has no need of it.
    func whileWaiting(do look: @escaping () -> Bool)

    /// What somebody should read in the log, and that holds nothing up; asked for after every `flush`.
    func takeRemarks() -> [String]

    /// Hands over what can be handed over at once, and closes. What could not be delivered stays behind the cursor.
    func close()
}

extension AlertSink {
    public var hasDeadLetters: Bool { false }
    public func takeRefused() -> [RefusedOutput] { [] }
    public func takeRemarks() -> [String] { [] }
    public var tally: (any SinkTally)? { nil }
    public func whileWaiting(do look: @escaping () -> Bool) {}
    public func giveUp(_ reason: String) {}
    public func writeAgain(_ entry: DecidedEntry, output: Int64) throws(DeliveryError) {}
}

/// What a receiver can count on.
public enum DeliveryClass: String, Sendable {
    /// Everything arrives, and nothing twice: the sink can see what is there already.
    case effectivelyOnce = "effectively_once"
    /// Everything arrives; after a crash some of it again, under the same ids.
    case atLeastOnce = "at_least_once"
    /// What was on its way when the process or the receiver ended may be lost.
    case bestEffort = "best_effort"
}

/// A delivery that did not happen, and what to do about it.
public enum DeliveryError: Error, Hashable, Sendable {
    /// It may work later: call again.
    case retry(after: Duration, reason: String)
    /// It will not work before somebody mends something: the sink is at its end, its outputs wait behind the cursor.
    case reject(reason: String)
}
