// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertModel
import Foundation
public import Inspection
public import Journal
public import ModelContext
import Synchronization

/// The running pipeline as tools see it; stays while pipelines come and go with changes of the configuration.
///
/// Changes wait for the journal and the engine on a queue of its own, one after the other: no task's thread waits with them.
public final class MonitoredPipeline: MonitoredSystem {
    /// Changes and questions that wait at most; more are refused.
    static let waitingLimit = 32

    private let pipeline: Mutex<Pipeline?>
    private let queue = DispatchQueue(label: "assistants: control desk")
    private let waiting = Atomic<Int>(0)

    public init(_ pipeline: Pipeline? = nil) { self.pipeline = Mutex(pipeline) }

    /// From now on it is this one; nil while one makes room for the next.
    public func follow(_ pipeline: Pipeline?) { self.pipeline.withLock { $0 = pipeline } }

    private var current: Pipeline? { pipeline.withLock { $0 } }

    public var health: HealthReport {
        current?.inspector.readiness
            ?? HealthReport([HealthReport.Component("pipeline", isHealthy: false, state: "changing")])
    }

    public var sources: [MonitoredSource] {
        (current?.inspector.sources ?? []).map { one in
            MonitoredSource(
                name: one.name, type: one.typeName, state: one.state.rawValue, reconnects: one.reconnects,
                failure: one.failure, received: one.received, deadLetters: one.deadLetters, refused: one.refused)
        }
    }

    public var conservation: ConservationGaps {
        guard let found = current?.inspector.conservation else { return ConservationGaps(intake: 0, fate: 0, sink: 0) }
        return ConservationGaps(intake: found.intake, fate: found.fate, sink: found.sink)
    }

    public var metrics: [MetricFamily] { current?.inspector.metrics ?? [] }

    public func silences() async throws(SystemRefusal) -> [MonitoredSilence] {
        try await ask { (desk) throws(ControlDesk.Refused) in try desk.list().map { MonitoredSilence($0) } }
    }

    public func set(_ order: SilenceOrder) async throws(SystemRefusal) -> MonitoredSilence {
        try await ask { (desk) throws(ControlDesk.Refused) in
            let seconds = max(0, order.duration.components.seconds)
            let request = ControlRequest(
                .add, when: order.when, until: "\(seconds)s", reason: order.reason, by: order.by)
            let (status, remarks) = try desk.set(request)
            return MonitoredSilence(status, remarks: remarks)
        }
    }

    public func annotate(_ order: AnnotationOrder) async throws(SystemRefusal) -> Annotation {
        try await ask { (desk) throws(ControlDesk.Refused) in
            try desk.annotate(order.incident, order.kind, by: order.by, text: order.text)
        }
    }

    /// Runs `work` on the queue.
    private func ask<Answer: Sendable>(
        _ work: @escaping @Sendable (ControlDesk) throws(ControlDesk.Refused) -> Answer
    ) async throws(SystemRefusal) -> Answer {
        guard let desk = current?.controlDesk else {
            throw SystemRefusal(.unavailable, "the daemon changes its configuration; try again")
        }
        guard waiting.add(1, ordering: .relaxed).newValue <= Self.waitingLimit else {
            waiting.subtract(1, ordering: .relaxed)
            throw SystemRefusal(.full, "\(Self.waitingLimit) changes wait already; try again later")
        }
        defer { waiting.subtract(1, ordering: .relaxed) }
        let result: Result<Answer, SystemRefusal> = await withCheckedContinuation { continuation in
            queue.async {
                do throws(ControlDesk.Refused) {
                    continuation.resume(returning: .success(try work(desk)))
                } catch {
                    continuation.resume(returning: .failure(SystemRefusal(error.answer)))
                }
            }
        }
        return try result.get()
    }
}

extension MonitoredSilence {
    init(_ status: SilenceStatus, remarks: [String] = []) {
        self.init(
            status.silence, isConfigured: status.isConfigured, isInForce: status.isInForce, matched: status.matched,
            remarks: remarks)
    }
}

extension SystemRefusal {
    init(_ answer: ControlAnswer) {
        let kind: Kind =
            switch answer.trouble {
            case .invalid: .invalid
            case .unknown: .unknown
            case .full: .full
            case .unavailable, nil: .unavailable
            }
        self.init(kind, answer.error ?? "the daemon refused without a word")
    }
}
