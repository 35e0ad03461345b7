// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Pipeline
import Reports

/// What the alerts themselves say about alerts that are not among them.
struct UpstreamEvidence {
    var gaps: [Gap] = []
    /// Falco's own word that it dropped events.
    private(set) var drops = 0
    /// By host and counter: the first number seen and the highest.
    private var counters: [String: (first: Double, highest: Double)] = [:]
    /// Hosts that counters are kept of.
    private static let hostLimit = 1_000

    private static let dropRule: StaticString = "Falco internal: syscall event drop"
    private static let metricsRule: StaticString = "Falco internal: metrics snapshot"
    private static let counterNames = ["falco.outputs_queue_num_drops", "scap.n_drops"].map(FieldName.init)

    /// True when `alert` is Falco's about itself, and so no finding.
    mutating func take(_ alert: AlertView) -> Bool {
        guard alert.source.equals("internal") else { return false }
        if alert.rule.equals(Self.dropRule) {
            drops += 1
            return true
        }
        guard alert.rule.equals(Self.metricsRule) else { return false }
        let facts = AlertFacts(alert)
        for name in Self.counterNames {
            guard let value = facts.value(name), let number = value.number else { continue }
            let key = "\(name.name) \(String(decoding: [UInt8](_span: alert.hostname), as: UTF8.self))"
            if let known = counters[key] {
                counters[key] = (known.first, max(known.highest, number))
            } else if counters.count < Self.hostLimit {
                counters[key] = (number, number)
            }
        }
        return true
    }

    /// - Parameter watched: when the watch began, where sources were connected before it: a gap that only says what an
    ///   earlier process may have missed is none of this one's.
    func doubts(watched: EventTime?) -> [EvidenceDoubt] {
        var doubts: [EvidenceDoubt] = []
        for gap in gaps {
            if gap.reason == .restarted, let watched, gap.from < watched { continue }
            doubts.append(
                EvidenceDoubt(
                    .gap, source: gap.source,
                    "alerts of source \(gap.source) may be missing from \(gap.from) to \(gap.to): \(gap.reason.rawValue)"
                ))
        }
        if drops > 0 {
            let times = drops == 1 ? "once" : "\(drops) times"
            doubts.append(EvidenceDoubt(.droppedUpstream, "Falco said \(times) that it dropped events"))
        }
        for (key, seen) in counters.sorted(by: { $0.key < $1.key }) where seen.highest > seen.first {
            let name = key.prefix { $0 != " " }
            doubts.append(
                EvidenceDoubt(.droppedUpstream, "Falco's \(name) rose by \(Int(min(seen.highest - seen.first, 1e15)))"))
        }
        return doubts
    }
}

extension ValueView {
    fileprivate var number: Double? {
        let value: Double? =
            switch kind {
            case .int64: Double(Int64(bitPattern: bits))
            case .uint64: Double(bits)
            case .double: Double(bitPattern: bits)
            // Falco's gRPC has every value as text.
            case .string: Double(String(decoding: [UInt8](_span: text), as: UTF8.self))
            default: nil
            }
        return value.flatMap { $0.isFinite ? $0 : nil }
    }
}

/// Whether the sources of a watch were there all the time. Pure: looks come in, doubts come out.
struct SourceWatch {
    private var atStart: [String: SourceStanding] = [:]
    private var broken: Set<String> = []
    private var ended: [String: String] = [:]
    private(set) var journalFailure: String?

    /// Sources that can say whether they are connected are, and none has failed.
    static func isReady(_ sources: [SourceStanding]) -> Bool {
        sources.allSatisfy { source in
            source.failure == nil && (!source.knowsConnection || source.isConnected)
        }
    }

    /// The command is about to start.
    mutating func begin(_ sources: [SourceStanding]) {
        for source in sources { atStart[source.name] = source }
        look(sources, journalFailure: nil)
    }

    /// Now and then while it runs, and at its end.
    mutating func look(_ sources: [SourceStanding], journalFailure: String?) {
        self.journalFailure = self.journalFailure ?? journalFailure
        for source in sources {
            if source.knowsConnection, !source.isConnected { broken.insert(source.name) }
            if let failure = source.failure {
                ended[source.name] = failure
            } else if source.state == .finished, source.typeName == "stdin" {
                ended[source.name] = "it came to its end while the command ran"
            }
        }
    }

    /// - Parameter allowsSilence: a source that cannot say whether it is connected need not have sent anything.
    func doubts(_ sources: [SourceStanding], allowsSilence: Bool) -> [EvidenceDoubt] {
        var doubts: [EvidenceDoubt] = []
        for source in sources {
            let name = source.name
            let start = atStart[name]
            if source.knowsConnection {
                if start?.isConnected != true {
                    doubts.append(
                        EvidenceDoubt(
                            .notConnected, source: name, "source \(name) was not connected when the command started"))
                } else if broken.contains(name) || source.reconnects > (start?.reconnects ?? 0) {
                    doubts.append(
                        EvidenceDoubt(
                            .notConnected, source: name, "source \(name) was not connected all the time"))
                }
            } else if source.received == 0, !allowsSilence {
                doubts.append(
                    EvidenceDoubt(
                        .silent, source: name,
                        "source \(name) sent nothing, and nothing shows that anybody was there (--allow-silent accepts it)"
                    ))
            }
            if let reason = ended[name] {
                doubts.append(EvidenceDoubt(.ended, source: name, "source \(name) ended: \(reason)"))
            }
            if source.deadLetters > 0 {
                doubts.append(Self.unreadable(source.deadLetters, source: name))
            }
            if source.refused > 0 {
                doubts.append(
                    EvidenceDoubt(.journal, source: name, "\(source.refused) alerts of source \(name) were refused"))
            }
        }
        if let journalFailure {
            doubts.append(EvidenceDoubt(.journal, "the journal could not write: \(journalFailure)"))
        }
        return doubts
    }

    static func unreadable(_ count: Int, source: String = "") -> EvidenceDoubt {
        EvidenceDoubt(
            .deadLetters, source: source,
            "\(count) \(count == 1 ? "piece" : "pieces") of what came could not be read")
    }
}
