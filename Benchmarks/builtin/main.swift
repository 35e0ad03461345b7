// SPDX-License-Identifier: Apache-2.0
//
// What the built-in rules cost over generated alerts, on one thread: matching their detections alone, then the engine
// without rules and with them. Names the incidents, so that noise is seen too.
//
//   builtin-benchmark [ALERTS [PASSES [RATE]]]     RATE: alerts a second of event time, 50 unless told
import AlertEngine
import AlertGenerator
import AlertModel
import BuiltinRules
import CAlertBatch
import CAllocations
import CJSONScan
import Glibc
import SigmaRules

let numbers = CommandLine.arguments.dropFirst().map { Int($0) ?? 0 }
let alertCount = numbers.first ?? 65_536
let passes = max(1, numbers.count > 1 ? numbers[1] : 5)

/// The generator's alerts in batches of 512, each arriving with its last alert.
func makeBatches() -> [AlertBatch] {
    var settings = GeneratorSettings()
    settings.count = alertCount
    settings.rate = Double(numbers.count > 2 ? numbers[2] : 50)
    let parser = unsafe cjson_parser_create()
    defer { unsafe cjson_parser_destroy(parser) }
    var batches: [AlertBatch] = []
    var builder = AlertBatchBuilder(byteCapacity: 1 << 20, recordCapacity: 512)
    for alert in AlertStream(settings) {
        var json: [UInt8] = []
        alert.appendJSON(to: &json)
        _ = unsafe cjson_scan_alert(parser, builder.raw, json, json.count, alert.time)
        if builder.alertCount == 512 {
            batches.append(builder.seal())
            builder = AlertBatchBuilder(byteCapacity: 1 << 20, recordCapacity: 512)
        }
    }
    if builder.alertCount > 0 { batches.append(builder.seal()) }
    return batches
}

/// Seconds of processor time of this thread: what others do on the machine in between does not count.
func processorSeconds() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// The best of all passes, and the allocations of the last.
func measure(_ name: String, _ pass: () -> Void) {
    var best = Double.infinity
    var allocations: UInt64 = 0
    for _ in 0 ..< passes {
        let before = allocations_of_this_thread()
        let start = processorSeconds()
        pass()
        best = min(best, processorSeconds() - start)
        allocations = UInt64(allocations_of_this_thread() - before)
    }
    let rate = Double(alertCount) / best / 1e6
    let each = best / Double(alertCount) * 1e9
    print("\(name): \((rate * 100).rounded() / 100) M alerts/s, \(each.rounded()) ns each, \(allocations) allocations")
}

let outcome = SigmaRuleSet.read(BuiltinRules.files.map { RuleFile(name: $0.name, bytes: $0.bytes) })
guard let rules = outcome.rules else {
    for problem in outcome.problems { print(problem) }
    exit(1)
}
let batches = makeBatches()
var matches = rules.makeMatchSet()
var matched = 0
measure("\(rules.detections.count) detections") {
    matched = 0
    for batch in batches {
        for index in 0 ..< batch.count {
            rules.match(AlertFacts(batch.alert(at: index)), into: &matches)
            if !matches.isEmpty { matched += 1 }
        }
    }
}
print("    \(matched) of \(alertCount) alerts match one or more")

/// How often which incident opened.
func run(_ settings: EngineSettings) -> [String: Int] {
    var engine = AlertEngine(settings)
    var place: Int64 = 1
    var opened: [String: Int] = [:]
    for batch in batches {
        let decision = engine.process(JournalEntry(place: place, epoch: 1, source: "node", content: .alerts(batch)))
        place += Int64(batch.count)
        for placed in decision.notes.records {
            if case .incident(let incident) = placed.record, incident.state == .open {
                opened[incident.ruleTitle, default: 0] += 1
            }
        }
    }
    return opened
}
let deduplicate = DeduplicateSettings()
measure("engine, time and route only") { _ = run(EngineSettings()) }
measure("engine, the built-in rules") { _ = run(EngineSettings(rules: rules)) }
measure("engine, deduplication") { _ = run(EngineSettings(deduplicate: deduplicate)) }
measure("engine, both") { _ = run(EngineSettings(deduplicate: deduplicate, rules: rules)) }
let opened = run(EngineSettings(rules: rules))
for title in opened.keys.sorted() { print("    \(opened[title] ?? 0)  \(title)") }
