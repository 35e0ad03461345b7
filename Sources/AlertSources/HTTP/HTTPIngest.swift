// SPDX-License-Identifier: Apache-2.0
public import AlertModel
public import LockFree

/// The `falco_http` source without its HTTP: bodies in, an answer when they are stored.
///
/// It has no lane of its own: the server's tasks call it, and the journal's lane answers them. The alerts of one request
/// are in order, those of concurrent requests in the order they came in.
public final class HTTPIngest: Sendable {
    public static let typeName = "falco_http"

    /// What becomes of a request.
    public enum Outcome: Sendable, Equatable {
        /// All of it is in the journal, as alerts or as dead letters, as durable as the journal is set to be.
        case stored
        /// The journal cannot write. Parts of a large body may be stored all the same.
        case refused
        /// Starting or stopping; nothing was stored.
        case unavailable
    }

    public let settings: HTTPIngestSettings
    /// For the journal's lane. Nobody else may submit to it.
    public let intake: SourceIntake
    private let commit: GroupCommit
    private let now: @Sendable () -> EventTime

    /// `now` gives the arrival time of a body: real time in UTC.
    public init(
        name: String, settings: HTTPIngestSettings = HTTPIngestSettings(), pool: BatchPool, journalBell: WaitWord,
        now: @escaping @Sendable () -> EventTime
    ) {
        let commit = GroupCommit(settings: settings)
        self.settings = settings
        self.commit = commit
        self.now = now
        intake = SourceIntake(
            name: name, pool: pool, journalBell: journalBell, storedCheckpoint: nil,
            capacity: settings.underWayLimit + 1, whenJournalFails: .refuse, onSettled: { commit.settled($0) })
    }

    /// From here on bodies are taken; before, they are `.unavailable`. To call when the journal's lane reads `intake`.
    public func open() { commit.open(intake) }

    /// New bodies are `.unavailable`; those inside are still settled. For a clean stop, before the journal's.
    public func stopAccepting() { commit.stopAccepting() }

    /// Answers everyone who still waits with `.unavailable`. For the time after the journal's lane has ended.
    public func close() { commit.close() }

    /// Takes a body: one object, an array, or objects one after another. Returns when everything in it is settled; what
    /// could not be read is a dead letter, and stored. The bytes are copied before it waits.
    public func store(_ body: some Collection<UInt8> & Sendable) async -> Outcome {
        let arrival = now()
        var place = AlertBodyScanner.Place()
        return await feed { scanner, batch in scanner.scan(body, from: &place, into: &batch, arrival: arrival) }
    }

    /// Keeps a body that could not be read as one dead letter: its first bytes (at most 64 KiB are kept) and its length.
    public func reject(_ reason: RejectReason, prefix: [UInt8], receivedBytes: Int) async -> Outcome {
        let arrival = now()
        return await feed { _, batch in
            batch.reject(reason, encoding: .json, bytes: prefix.span, receivedBytes: receivedBytes, arrival: arrival)
            return true
        }
    }

    /// Takes the alert of `/test`.
    public func storeTestAlert(hostname: String) async -> Outcome {
        await store(TestAlert.json(at: now(), hostname: hostname))
    }

    private func feed(_ fill: (borrowing AlertBodyScanner, inout AlertBatchBuilder) -> Bool) async -> Outcome {
        let refusal = GroupCommit.Refusal()
        while true {
            let answer = await withCheckedContinuation { commit.append($0, refusal: refusal, fill: fill) }
            switch answer {
            case .more, .retry: continue
            case .settled(let stored): return stored && !refusal.isSet ? .stored : .refused
            case .closed: return .unavailable
            }
        }
    }

    /// Bodies are taken now.
    public var isOpen: Bool { commit.phase == .open }

    /// One word for `creance status`; any thread.
    public var state: SourceState {
        switch commit.phase {
        case .starting: .starting
        case .open: .reading
        case .stopping: commit.waiting > 0 ? .draining : .finished
        case .closed: .finished
        }
    }

    /// Requests that wait for the journal now.
    public var waitingRequests: Int { commit.waiting }
}
