// SPDX-License-Identifier: Apache-2.0
//
// What silences, inhibition, storm control and routes cost an alert: one batch of alerts of 20 rules in 200 containers on
// 20 hosts, again and again on one thread. Processor time.
//
//   stages [PASSES]       a table
import AlertEngine
import AlertModel
import CAlertBatch
import CAllocations
import FalcoRules
import Glibc

let passes = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) ?? 100 : 100
let alertCount = 10_000
let batch = makeBatch()

func condition(_ text: String) throws -> Condition { try Condition(text) }

do {
    let silences = try (0 ..< 10).map {
        SilenceSettings.Configured(
            try condition("hostname = build-\($0) and priority < warning"), until: EventTime(nanoseconds: .max),
            reason: "by design")
    }
    var silencer = Silencer(SilenceSettings(silences))
    measure("ten silences, none matches") { context, _ in
        silencer.match(context.facts, at: context.arrival) == nil ? 1 : 0
    }

    let rules = try (0 ..< 3).map {
        InhibitSettings.Rule(
            when: try condition("rule = \"Rule \($0)\""), hold: try condition("priority <= warning"),
            equal: ["hostname", "k8s.ns.name"])
    }
    var inhibitor = Inhibitor(InhibitSettings(rules: rules), key: HashKey(low: 1, high: 2))
    measure("three inhibitions by host") { context, _ in
        let held = inhibitor.inhibitor(of: context) != nil
        inhibitor.observe(context)
        return held ? 0 : 1
    }

    var calm = StormControl(
        StormSettings(
            perRule: .init(burst: 1_000_000, count: 1_000_000), perScope: .init(burst: 1_000_000, count: 1_000_000),
            overall: .init(burst: 1_000_000, count: 1_000_000)), key: HashKey(low: 1, high: 2))
    measure("storm control, all pass") { context, outbox in calm.admit(context, &outbox) == nil ? 1 : 0 }
    var busy = StormControl(StormSettings(), key: HashKey(low: 1, high: 2))
    measure("storm control, nearly all held") { context, outbox in busy.admit(context, &outbox) == nil ? 1 : 0 }

    var routes = try (0 ..< 8).map {
        RouteSettings.Rule(
            when: try condition("k8s.ns.name = ns-\($0) and priority >= error"), to: ["pager"], continues: true)
    }
    routes.append(RouteSettings.Rule(to: ["archive"]))
    let router = try Router(RouteSettings(rules: routes), sinks: ["archive", "pager"])
    measure("nine routes") { context, _ in router.route(context.facts) == nil ? 0 : 1 }
} catch {
    print("a condition of the benchmark cannot be read: \(error)")
}

func measure(_ name: String, _ body: (borrowing AlertContext, inout Outbox) -> Int) {
    var outbox = Outbox()
    var passed = 0
    var seconds = 0.0
    var allocations = 0
    for pass in 0 ... passes {
        let before = Int(allocations_of_this_thread())
        let start = processorSeconds()
        for index in 0 ..< batch.count {
            let alert = batch.alert(at: index)
            // A microsecond between two alerts: a million a second.
            let time = EventTime(nanoseconds: 1_000_000_000 + Int64(pass * alertCount + index) * 1_000)
            let context = AlertContext(
                AlertFacts(alert), time: time, arrival: time,
                reference: AlertReference(place: Int64(index), epochIndex: 0), isLate: false)
            passed += body(context, &outbox)
        }
        // The first pass fills tables.
        guard pass > 0 else { continue }
        seconds += processorSeconds() - start
        allocations += Int(allocations_of_this_thread()) - before
    }
    let alerts = Double(passes * alertCount)
    let line = [
        name, "\((alerts / seconds / 1e4).rounded() / 100) M alerts/s",
        "\((seconds / alerts * 1e10).rounded() / 10) ns",
        "\(passed * 100 / ((passes + 1) * alertCount)) % pass",
        "\(allocations) allocations",
    ]
    print(line.joined(separator: "\t"))
}

/// Of this thread: what others do on the machine in between does not count.
func processorSeconds() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func makeBatch() -> AlertBatch {
    let builder = AlertBatchBuilder(byteCapacity: 8 << 20, recordCapacity: alertCount)
    let raw = unsafe builder.raw
    func text(_ value: String) -> calert_slice {
        let bytes = Array(value.utf8)
        guard let place = unsafe calert_batch_reserve_bytes(raw, UInt32(bytes.count)) else { return calert_slice() }
        for (index, byte) in bytes.enumerated() { unsafe place[index] = byte }
        let slice = unsafe calert_slice(offset: raw.pointee.byte_count, length: UInt32(bytes.count))
        unsafe raw.pointee.byte_count += UInt32(bytes.count)
        return slice
    }
    for index in 0 ..< alertCount {
        let container = index * 7 % 200
        let fields = [
            ("evt.type", "execve"), ("container.id", "c0ffee\(1_000_000 + container)"), ("user.name", "root"),
            ("proc.name", "bash"), ("proc.cmdline", "bash -c ls /srv/\(index)"), ("proc.pname", "runc"),
            ("k8s.ns.name", "ns-\(container % 30)"), ("k8s.pod.name", "pod-\(container)"),
        ]
        let first = unsafe raw.pointee.field_count
        for (name, value) in fields {
            let (key, content) = (text(name), text(value))
            guard let field = unsafe calert_batch_append_field(raw) else { continue }
            let (keyBytes, valueBytes) = (Array(name.utf8), Array(value.utf8))
            unsafe calert_set_text(field, keyBytes, keyBytes.count, valueBytes, valueBytes.count)
            unsafe field.pointee.key = key
            unsafe field.pointee.text = content
        }
        let (rule, host, source) = (text("Rule \(index % 20)"), text("node-\(index % 7)"), text("syscall"))
        guard let record = unsafe calert_batch_append_record(raw) else { continue }
        unsafe record.pointee.rule = rule
        unsafe record.pointee.hostname = host
        unsafe record.pointee.source = source
        unsafe record.pointee.priority = UInt8(3 + index % 5)
        unsafe record.pointee.first_field = first
        unsafe record.pointee.field_count = UInt16(fields.count)
        unsafe calert_record_set_time(record, true, 1_000_000_000, 1_000_000_000)
    }
    return builder.seal()
}
