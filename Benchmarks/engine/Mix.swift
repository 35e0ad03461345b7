// SPDX-License-Identifier: Apache-2.0
import AlertGenerator
import AlertModel
import CJSONScan

/// Streams of alerts as the generator makes them, in batches of 1,024, decoded before anything is measured.
enum Mix: String, CaseIterable {
    /// As from a cluster: noise with bursts of repeats, three sources, an attack now and then.
    case cluster = "as from a cluster"
    /// The same few thousand alerts again and again, a moment later each time.
    case repeats = "repeats only"
    /// No two alerts of one group.
    case unique = "no two alike"

    static let batchSize = 1_024

    func entries(_ count: Int) -> [JournalEntry] {
        var settings = GeneratorSettings()
        settings.count = self == .repeats ? 4 * Self.batchSize : count * Self.batchSize
        settings.hosts = 40
        settings.containersPerHost = 20
        settings.rate = 2_000
        var alerts = Array(AlertStream(settings))
        if self == .unique {
            for index in alerts.indices { make(&alerts[index], unique: index) }
        }
        let parser = unsafe cjson_parser_create()
        defer { unsafe cjson_parser_destroy(parser) }
        var json: [UInt8] = []
        return (0 ..< count).map { number in
            let builder = AlertBatchBuilder(byteCapacity: 2 << 20, recordCapacity: Self.batchSize)
            for index in number * Self.batchSize ..< (number + 1) * Self.batchSize {
                var alert = alerts[index % alerts.count]
                alert.time += Int64(index / alerts.count) * 2_000_000_000
                json.removeAll(keepingCapacity: true)
                alert.appendJSON(to: &json)
                // It arrives fifty milliseconds later.
                _ = unsafe cjson_scan_alert(parser, builder.raw, json, json.count, alert.time + 50_000_000)
            }
            let batch = builder.seal()
            precondition(batch.count == Self.batchSize)
            return JournalEntry(
                place: Int64(1 + number * Self.batchSize), epoch: 7, source: "node", content: .alerts(batch))
        }
    }

    /// Another pod and another name each time, so that neither scope nor object is one seen before.
    private func make(_ alert: inout GeneratedAlert, unique number: Int) {
        for field in alert.fields.indices {
            switch alert.fields[field].name {
            case "container.id":
                alert.fields[field].value = .text(String(0x1000_0000_0000 + number * 7_919, radix: 16))
            case "k8s.pod.name", "ka.target.name": alert.fields[field].value = .text("pod-\(number)")
            default: continue
            }
        }
        if alert.source != "syscall" { alert.fields.insert((name: "a.name", value: .text("n\(number)")), at: 0) }
    }
}
