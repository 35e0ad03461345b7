// SPDX-License-Identifier: Apache-2.0
import AlertModel
import CFalcoOutputs
import Foundation
import LockFree
import Synchronization
import Testing

@testable import AlertSources

/// The whole source against a server that keeps to Falco's state machine, over a unix socket.
struct FalcoGrpcSourceTests {
    private let folder = TestFolder()

    @Test func `alerts come in order, and a clean leave is stored`() throws {
        let falco = try Falco(folder["falco.sock"])
        let probe = IntakeProbe()
        let lane = Subscription(folder["falco.sock"], probe.intake)
        falco.publish(1 ... 2500)
        probe.commit(untilAlerts: 2500)
        lane.stop(probe)
        #expect(probe.alerts == rules(1 ... 2500))
        #expect(probe.gaps == [])
        #expect(SubscriptionCheckpoint(probe.checkpoint ?? [])?.isClean == true)
        #expect(lane.source.state == .finished)
        #expect(lane.source.reconnects == 0)
    }

    @Test func `a start after a crash begins with a gap, before the first new alert`() throws {
        let falco = try Falco(folder["falco.sock"])
        let crashed = SubscriptionCheckpoint(arrival: EventTime(nanoseconds: 5), isClean: false)
        let probe = IntakeProbe(checkpoint: crashed.bytes)
        let lane = Subscription(folder["falco.sock"], probe.intake)
        falco.publish(1 ... 3)
        probe.commit(untilAlerts: 3)
        lane.stop(probe)
        #expect(probe.gaps.map(\.reason) == [.restarted])
        #expect(probe.gaps.first?.from == EventTime(nanoseconds: 5))
    }

    @Test func `nothing is asked for before the journal knows that a crash would be a gap`() throws {
        let falco = try Falco(folder["falco.sock"])
        falco.publish(1 ... 3)
        let clean = SubscriptionCheckpoint(arrival: EventTime(nanoseconds: 5), isClean: true)
        let probe = IntakeProbe(checkpoint: clean.bytes)
        let lane = Subscription(folder["falco.sock"], probe.intake)
        while true {
            let requests = falco.requests
            if probe.commit() > 0 { break }
            #expect(requests == 0)
        }
        #expect(SubscriptionCheckpoint(probe.checkpoint ?? [])?.isClean == false)
        probe.commit(untilAlerts: 3)
        lane.stop(probe)
    }

    @Test func `restarts of Falco are survived, each with its gap`() throws {
        let probe = IntakeProbe()
        let lane = Subscription(folder["falco.sock"], probe.intake)
        // Nobody is there yet: the first thing it says is that.
        while !lane.notices.contains(where: { $0.contains("No such file") }) { probe.commit() }
        for life in 0 ..< 3 {
            let falco = try Falco(folder["falco.sock"])
            falco.publish(life * 10 + 1 ... life * 10 + 10)
            probe.commit(untilAlerts: life * 10 + 10)
            falco.crash()
        }
        // A stop before the lane has noticed the end would be a clean leave that is cut: a gap of another kind.
        while [.connected, .reading].contains(lane.source.state) { probe.commit() }
        lane.stop(probe)
        #expect(probe.alerts == rules(1 ... 30))
        #expect(probe.gaps.map(\.reason) == [.reconnected, .reconnected])
        #expect(lane.source.reconnects == 2)
        // After the last crash nothing came: the next start must say so.
        #expect(SubscriptionCheckpoint(probe.checkpoint ?? [])?.isClean == false)
    }

    @Test func `without commits reading stops at the window`() throws {
        let falco = try Falco(folder["falco.sock"])
        let probe = IntakeProbe()
        let lane = Subscription(folder["falco.sock"], probe.intake, inFlight: 64 << 10)
        probe.commitFirst()
        falco.publish(1 ... 4000)
        // Alerts of 28 bytes, each counted with 5 more: 64 KiB are reached at about 55,600.
        var most = 0
        while most < 54_000 {
            let ticket = probe.journalBell.ticket
            most = max(most, probe.intake.uncommittedBytes)
            probe.journalBell.wait(for: ticket, timeout: .milliseconds(10))
        }
        for _ in 0 ..< 20 {
            let ticket = probe.journalBell.ticket
            probe.journalBell.wait(for: ticket, timeout: .milliseconds(10))
            most = max(most, probe.intake.uncommittedBytes)
        }
        #expect(most < 58_000)
        probe.commit(untilAlerts: 4000)
        lane.stop(probe)
        #expect(probe.alerts == rules(1 ... 4000))
    }

    @Test func `a stop while nobody is there ends the lane`() {
        let probe = IntakeProbe()
        let lane = Subscription(folder["nobody.sock"], probe.intake)
        while lane.notices.isEmpty { probe.commit() }
        lane.stop(probe)
        #expect(probe.gaps == [])
        #expect(SubscriptionCheckpoint(probe.checkpoint ?? [])?.isClean == true)
    }

    @Test func `a leave that is cut at the limit has a gap record`() throws {
        let falco = try Falco(folder["falco.sock"])
        let probe = IntakeProbe()
        let lane = Subscription(folder["falco.sock"], probe.intake, drainLimit: .milliseconds(2))
        falco.publish(1 ... 10)
        probe.commit(untilAlerts: 10)
        lane.stop(probe)
        #expect(probe.gaps.map(\.reason) == [.drainLimit])
    }

    @Test func `settings that cannot work are an error`() {
        let probe = IntakeProbe()
        let source = FalcoGrpcSource(
            FalcoGrpcSourceSettings(address: "falco.example:5060"), drainLimit: .seconds(1),
            now: { EventTime(nanoseconds: 1) },
            say: { _ in })
        #expect(throws: FalcoGrpcSourceError.self) { try source.run(into: probe.intake) }
        #expect(source.state == .failed)
    }
}

extension IntakeProbe {
    /// Commits the first submission: that the subscription is open.
    fileprivate func commitFirst() {
        while true {
            let ticket = journalBell.ticket
            if commit() > 0 { return }
            journalBell.wait(for: ticket)
        }
    }
}

/// The source on a thread of its own.
private final class Subscription: Sendable {
    let source: FalcoGrpcSource
    private let ended = WaitWord()
    private let isOver = Mutex(false)
    private let said: Said

    private final class Said: Sendable { let list = Mutex<[String]>([]) }

    init(_ path: String, _ intake: SourceIntake, inFlight: Int = 1 << 20, drainLimit: Duration = .seconds(60)) {
        let said = Said()
        self.said = said
        source = FalcoGrpcSource(
            FalcoGrpcSourceSettings(address: "unix://\(path)", inFlightBytes: inFlight), drainLimit: drainLimit,
            now: { EventTime(nanoseconds: 1_780_000_000_000_000_000) },
            say: { notice in said.list.withLock { $0.append(notice.text) } })
        Thread.detachNewThread { [self] in
            do { try source.run(into: intake) } catch { Issue.record(error) }
            isOver.withLock { $0 = true }
            ended.signal()
        }
    }

    var notices: [String] { said.list.withLock { $0 } }

    /// Stops the lane and commits what it hands over until it has ended.
    func stop(_ probe: IntakeProbe) {
        probe.intake.stop()
        while !isOver.withLock({ $0 }) {
            let ticket = ended.ticket
            probe.commit()
            if isOver.withLock({ $0 }) { break }
            ended.wait(for: ticket, timeout: .milliseconds(5))
        }
        probe.commit()
    }
}

/// Falco's stand-in.
@safe
private final class Falco {
    private var server: OpaquePointer?

    init(_ path: String) throws {
        var settings = unsafe cfalco_server_settings()
        unsafe settings.mode = CFALCO_ONE_QUEUE
        let address = "unix://\(path)"
        unsafe server = unsafe address.withCString { text in
            unsafe settings.address = text
            return unsafe cfalco_server_start(&settings, nil, 0)
        }
        try #require(unsafe server != nil)
    }

    deinit { unsafe cfalco_server_stop(server, 0) }

    func crash() {
        unsafe cfalco_server_abort(server)
        unsafe server = nil
    }

    var requests: UInt64 {
        var stats = cfalco_server_stats()
        unsafe cfalco_server_read_stats(server, &stats)
        return stats.requests
    }

    /// Alerts whose rules are `r` and the number.
    func publish(_ numbers: ClosedRange<Int>) {
        for number in numbers {
            // time { seconds: 1 }, priority ERROR, rule, output
            let rule = Array("r\(number)".utf8), output = Array("something happened".utf8)
            let bytes: [UInt8] =
                [0x0a, 2, 0x08, 1, 0x10, 3, 0x22, UInt8(rule.count)] + rule + [0x2a, UInt8(output.count)] + output
            unsafe cfalco_server_publish(server, bytes, bytes.count)
        }
    }
}
