// SPDX-License-Identifier: Apache-2.0
//
// What a decision costs: the whole engine with its default settings and the built-in rules, over batches that were
// decoded before, on one thread.
//
//   engine-benchmark [BATCHES [ROUNDS]]        the table
//   engine-benchmark --gate                    allocations in steady state; exit 1 above the limit
//   engine-benchmark --only MIX BATCHES        one run of one mix and nothing else, for profiles and for counting
//
// Every round begins with a new engine, so groups open and containers are learnt in it as they are after a start.
import AlertEngine
import AlertModel
import BuiltinRules
import CAlertBatch
import CAllocations
import Glibc
import SigmaRules

guard let rules = SigmaRuleSet.read(BuiltinRules.files.map { RuleFile(name: $0.name, bytes: $0.bytes) }).rules else {
    fatalError("the built-in rules do not read")
}

/// What the configuration is when nothing is written in it, and sinks are there.
let defaults = EngineSettings(
    identity: IdentitySettings(), enrich: EnrichSettings(), deduplicate: DeduplicateSettings(), rules: rules,
    installation: 7, hashKey: HashKey(low: 0x0123_4567_89ab_cdef, high: 0xfedc_ba98_7654_3210))

/// Processor time of this thread: what others do on the machine is not in it.
func processorSeconds() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

struct Figures {
    var seconds = Double.infinity
    var allocations = 0
    var passed = 0
    var suppressed = 0
    var incidents = 0
}

/// Reads a batch once, as its decoder has just done: what a decision costs is not what memory far away costs.
func touch(_ batch: AlertBatch) -> UInt64 {
    let raw = unsafe batch.raw
    let (bytes, derived) = unsafe (Int(raw.pointee.byte_count), Int(raw.pointee.derived_count))
    let (records, fields) = unsafe (Int(raw.pointee.record_count), Int(raw.pointee.field_count))
    var sum: UInt64 = 0
    for place in stride(from: 0, to: bytes, by: 64) { unsafe sum &+= UInt64(raw.pointee.bytes[place]) }
    for place in stride(from: 0, to: derived, by: 64) { unsafe sum &+= UInt64(raw.pointee.derived[place]) }
    for place in 0 ..< records { unsafe sum &+= UInt64(raw.pointee.records[place].priority) }
    for place in 0 ..< fields { unsafe sum &+= UInt64(raw.pointee.fields[place].kind) }
    return sum
}

/// The best of some rounds. The first half of the batches fills the tables; the second is measured.
func measure(_ settings: EngineSettings, _ entries: [JournalEntry], rounds: Int) -> Figures {
    var figures = Figures()
    for _ in 0 ..< rounds {
        var engine = AlertEngine(settings)
        for index in 0 ..< entries.count / 2 { _ = engine.process(entries[index]) }
        let before = engine.counts
        var seconds = 0.0
        var allocations: UInt64 = 0
        for index in entries.count / 2 ..< entries.count {
            guard case .alerts(let batch) = entries[index].content, touch(batch) > 0 else { continue }
            let start = processorSeconds()
            let made = allocations_of_this_thread()
            _ = engine.process(entries[index])
            allocations += allocations_of_this_thread() - made
            seconds += processorSeconds() - start
        }
        figures.allocations = Int(allocations)
        figures.seconds = min(figures.seconds, seconds)
        figures.passed = engine.counts[.passed] - before[.passed]
        figures.suppressed = engine.counts[.suppressed] - before[.suppressed]
        figures.incidents = engine.stages.correlator.incidentCounters.opened
    }
    return figures
}

func settings(_ change: (inout EngineSettings) -> Void) -> EngineSettings {
    var settings = defaults
    change(&settings)
    return settings
}

let stages: [(name: String, without: EngineSettings)] = [
    ("transport identity", settings { $0.identity = nil }),
    ("enrichment", settings { $0.enrich = .off }),
    ("deduplication", settings { $0.deduplicate = nil }),
    ("rules and incidents", settings { $0.rules = SigmaRuleSet() }),
]

func padded(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(0, width - text.count)) }
func right(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }
func twoDigits(_ number: Double) -> String {
    let hundredths = Int((number * 100).rounded())
    return "\(hundredths / 100)." + (hundredths % 100 < 10 ? "0" : "") + "\(hundredths % 100)"
}

func printTable(_ mix: Mix, _ entries: [JournalEntry], rounds: Int) {
    let alerts = Double((entries.count - entries.count / 2) * Mix.batchSize)
    func line(_ name: String, _ seconds: Double, _ allocations: Int?) {
        let nanoseconds = Int((seconds / alerts * 1e9).rounded())
        let rate = twoDigits(alerts / seconds / 1e6)
        let each = allocations.map { twoDigits(Double($0) / alerts) } ?? ""
        print(padded(name, 34) + right(rate, 9) + right("\(nanoseconds)", 9) + right(each, 13))
    }
    let whole = measure(defaults, entries, rounds: rounds)
    print("")
    print(padded(mix.rawValue, 34) + right("M/s", 9) + right("ns", 9) + right("malloc/alert", 13))
    line("whole engine", whole.seconds, whole.allocations)
    for stage in stages {
        let other = measure(stage.without, entries, rounds: rounds)
        let share = max(0, whole.seconds - other.seconds)
        let nanoseconds = right("\(Int((share / alerts * 1e9).rounded()))", 18)
        let percent = right("\(Int((share / whole.seconds * 100).rounded())) %", 13)
        print(padded("  \(stage.name)", 34) + nanoseconds + percent)
    }
    let bare = measure(EngineSettings(), entries, rounds: rounds)
    line("  time, fates, notes", bare.seconds, bare.allocations)
    print(
        "  passed \(whole.passed), suppressed \(whole.suppressed), incidents opened since the start \(whole.incidents)")
}

let arguments = CommandLine.arguments
if arguments.count > 1, arguments[1] == "--gate" {
    exit(AllocationGate.run() ? 0 : 1)
} else if arguments.count > 2, arguments[1] == "--only" {
    guard let mix = Mix.allCases.first(where: { "\($0)" == arguments[2] }) else { fatalError("no such mix") }
    let entries = mix.entries(arguments.count > 3 ? Int(arguments[3]) ?? 64 : 64)
    let figures = measure(defaults, entries, rounds: 1)
    print("\(entries.count * Mix.batchSize) alerts, \(figures.passed) passed in the second half")
} else {
    let batches = arguments.count > 1 ? max(2, Int(arguments[1]) ?? 128) : 128
    let rounds = arguments.count > 2 ? max(1, Int(arguments[2]) ?? 5) : 5
    print(
        "\(batches) batches of \(Mix.batchSize) alerts, best of \(rounds) rounds; \(rules.detections.count) detections, "
            + "\(rules.correlations.count) correlations")
    for mix in Mix.allCases { printTable(mix, mix.entries(batches), rounds: rounds) }
}
