// SPDX-License-Identifier: Apache-2.0
//
// What matching costs: a hundred Sigma detection rules over generated alerts, again and again on one thread.
//
//   sigma-benchmark [PASSES [RULES]]     RULES: only the first so many
import AlertGenerator
import AlertModel
import CAlertBatch
import CAllocations
import CJSONScan
import Glibc
import SigmaRules

let arguments = CommandLine.arguments
let passes = arguments.count > 1 ? Int(arguments[1]) ?? 50 : 50

/// 8,192 alerts of the generator, in batches of 1,024.
func makeBatches() -> [AlertBatch] {
    var settings = GeneratorSettings()
    settings.count = 8_192
    settings.attackEvery = 500
    let parser = unsafe cjson_parser_create()
    defer { unsafe cjson_parser_destroy(parser) }
    var batches: [AlertBatch] = []
    var builder = AlertBatchBuilder(byteCapacity: 2 << 20, recordCapacity: 1_024)
    for alert in AlertStream(settings) {
        var json: [UInt8] = []
        alert.appendJSON(to: &json)
        _ = unsafe cjson_scan_alert(parser, builder.raw, json, json.count, 1)
        if builder.alertCount == 1_024 {
            batches.append(builder.seal())
            builder = AlertBatchBuilder(byteCapacity: 2 << 20, recordCapacity: 1_024)
        }
    }
    return batches
}

/// Seconds of processor time of this thread: what others do on the machine in between does not count.
func processorSeconds() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func pass(_ rules: SigmaRuleSet, _ batches: [AlertBatch], _ matches: inout MatchSet) -> Int {
    var count = 0
    for batch in batches {
        for index in 0 ..< batch.count {
            rules.match(AlertFacts(batch.alert(at: index)), into: &matches)
            for word in matches.words { count += word.nonzeroBitCount }
        }
    }
    return count
}

let outcome = SigmaRuleSet.read([RuleFile(name: "rules.yml", bytes: Array(Rules.text.utf8))])
guard let rules = outcome.rules else {
    for problem in outcome.problems { print(problem) }
    exit(1)
}
let batches = makeBatches()
let alerts = batches.reduce(0) { $0 + $1.count }
var matches = rules.makeMatchSet()
let found = pass(rules, batches, &matches)
let allocationsBefore = allocations_of_this_thread()
var best = Double.infinity
for _ in 0 ..< passes {
    let start = processorSeconds()
    let again = pass(rules, batches, &matches)
    best = min(best, processorSeconds() - start)
    precondition(again == found)
}
let made = allocations_of_this_thread() - allocationsBefore
let rate = Double(alerts) / best
print("\(rules.detections.count) rules, \(alerts) alerts, \(found) matches")
print("\((rate / 1e4).rounded() / 100) M alerts/s, \((best / Double(alerts) * 1e9).rounded()) ns an alert")
print("\(made) allocations in \(passes * alerts) alerts")
