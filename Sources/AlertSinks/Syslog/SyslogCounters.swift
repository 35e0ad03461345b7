// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// What a syslog sink did beyond the counters of every sink. Written by its lane, read by anyone.
public final class SyslogCounters: SinkTally {
    /// Connections made.
    public var connections: Int { value(.connections) }
    /// Connections that ended without us.
    public var broken: Int { value(.broken) }
    /// Messages sent a second time, because a connection may have swallowed them.
    public var resent: Int { value(.resent) }
    /// UDP: messages cut at `max_message`.
    public var shortened: Int { value(.shortened) }
    /// UDP: messages of which the kernel said later that nobody took them.
    public var lost: Int { value(.lost) }

    public var counts: [(count: SinkCount, value: Int)] {
        [
            (.connections, connections), (.broken, broken), (.resent, resent), (.shortened, shortened), (.lost, lost),
        ]
    }

    enum Name: Int, CaseIterable { case connections, broken, resent, shortened, lost }

    private let cells: [Cell] = Name.allCases.map { _ in Cell() }
    private final class Cell: Sendable { let count = Atomic<Int>(0) }

    public init() {}

    // Numbers for people: no other memory hangs on them, so relaxed is enough.
    func add(_ amount: Int, to name: Name) { cells[name.rawValue].count.wrappingAdd(amount, ordering: .relaxed) }
    private func value(_ name: Name) -> Int { cells[name.rawValue].count.load(ordering: .relaxed) }
}
