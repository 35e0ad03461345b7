// SPDX-License-Identifier: Apache-2.0
import AlertModel
import FalcoRules
import Foundation
import Journal

// Questions over a journal: how long each takes, and how much memory the columns held for them take.
//
//     queries-benchmark [ALERTS] [ALERTS-PER-BLOCK] [PATH] [WORDS]
//
// Makes the journal at PATH and keeps it; asks the one that is there. Without PATH (or with -) it is made in a temporary
// folder. WORDS: only questions whose names hold them. The first question reads the columns of the whole journal; the
// others find them in memory.

let arguments = CommandLine.arguments.dropFirst().map { $0 }
let alertCount = arguments.first.flatMap { Int($0) } ?? 1_000_000
let blockSize = arguments.dropFirst().first.flatMap { Int($0) } ?? 200
let given = arguments.dropFirst(2).first.flatMap { $0 == "-" ? nil : $0 }
let words = arguments.dropFirst(3).first ?? ""
let folder = FileManager.default.temporaryDirectory.appending(path: "queries-\(UUID().uuidString)").path
let path = given ?? folder + "/journal.db"
if !FileManager.default.fileExists(atPath: path) {
    try GeneratedJournal.make(at: path, alerts: alertCount, blockSize: blockSize)
}
defer { if given == nil { try? FileManager.default.removeItem(atPath: folder) } }

func residentMegabytes() -> Int {
    let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
    return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * 4096 / 1_000_000
}

let reader = try JournalReader(path: path) { GeneratedJournal.Decoding() }
let status = try reader.status()
print("\(status.alerts) alerts in \(status.entries) entries, \(status.usedBytes >> 20) MiB")
let before = residentMegabytes()
let history = AlertHistory(reader)
let clock = ContinuousClock()

func milliseconds(_ duration: Duration) -> Double { Double(duration.wholeNanoseconds) / 1e6 }

@MainActor func measure(_ name: String, _ runs: Int, _ body: () throws -> Int) throws {
    guard words.isEmpty || name.contains(words) || name.hasPrefix("first") else { return }
    var times: [Double] = []
    var answer = 0
    for _ in 0 ..< runs {
        let begin = clock.now
        answer = try body()
        times.append(milliseconds(clock.now - begin))
    }
    times.sort()
    let texts = [times[times.count / 2], times[min(times.count - 1, times.count * 95 / 100)]].map {
        String(format: "%9.1f", $0)
    }
    print(name.padding(toLength: 58, withPad: " ", startingAt: 0), texts.joined(separator: " "), answer)
}

func query(_ change: (inout AlertQuery) -> Void = { _ in }) -> AlertQuery {
    var query = AlertQuery()
    query.limit = 20
    change(&query)
    return query
}

func groups(
    _ by: [AggregateQuery.Key], bucket: Duration? = nil, _ change: (inout AlertQuery) -> Void = { _ in }
) throws -> Int {
    var aggregate = AggregateQuery(by: by)
    aggregate.bucket = bucket
    change(&aggregate.alerts)
    return try history.aggregate(aggregate).distinct
}

func when(_ text: String) throws -> @Sendable (borrowing AlertFacts) -> Bool {
    let condition = try Condition(text)
    return { condition.matches($0) }
}

print("question".padding(toLength: 58, withPad: " ", startingAt: 0), "   p50 ms    p95 ms answer")
try measure("first question: columns of the whole journal", 1) { try history.search(query()).matched ?? 0 }
print("memory: \(residentMegabytes() - before) MB more")
try measure("overview: priority, fate, four columns, buckets", 40) {
    var overview = HistoryOverview.Question()
    overview.bucket = .seconds(3600)
    return try history.overview(overview).matched
}
let some = query { $0.values = [.rule: ["Terminal shell in container"]] }
try measure("search: newest 20", 20) { try history.search(query()).alerts.count }
try measure("search: rule", 20) { try history.search(some).matched ?? 0 }
try measure("search: priority, namespace, fate, oldest first", 20) {
    try history.search(
        query {
            $0.atLeast = .error
            $0.values = [.namespace: ["shop"]]
            $0.fates = [.passed]
            $0.newestFirst = false
        }
    ).matched ?? 0
}
try measure("search: a hundred of a rule, all blocks opened", 10) {
    var query = some
    query.limit = 100
    return try history.search(query).alerts.count
}
try measure("search: text that is often there", 10) { try history.search(query { $0.text = "kinsing" }).alerts.count }
try measure("search: text that is nowhere", 5) { try history.search(query { $0.text = "no such words" }).alerts.count }
try measure("search: digits that are nowhere", 5) {
    try history.search(query { $0.text = "203.0.113.99" }).alerts.count
}
let rare = try when("proc.name = nosuch and evt.type exists")
try measure("search: condition that never holds", 5) {
    try history.search(query { $0.condition = rare }).alerts.count
}
try measure("aggregate: rule", 20) { try groups([.column(.rule)]) }
try measure("aggregate: rule and container", 20) { try groups([.column(.rule), .column(.container)]) }
try measure("aggregate: rule by hour", 20) { try groups([.column(.rule)], bucket: .seconds(3600)) }
try measure("aggregate: container, priority at least error", 20) {
    try groups([.column(.container)]) { $0.atLeast = .error }
}
try measure("aggregate: field proc.name", 5) { try groups([.field(FieldName("proc.name"))]) }
try measure("aggregate: field proc.cmdline and rule", 5) {
    try groups([.field(FieldName("proc.cmdline")), .column(.rule)])
}
try measure("aggregate: tag", 5) { try groups([.tag]) }
try measure("aggregate: rule, where a condition holds", 5) {
    let condition = try when("proc.name in (bash, sh, cat)")
    return try groups([.column(.rule)]) { $0.condition = condition }
}
