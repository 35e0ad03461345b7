// SPDX-License-Identifier: Apache-2.0
public import AlertModel
public import SigmaRules

/// What correlation knows, as bytes; the enclosing form has the version.
///
///     hash key 2 × u64 │ watermark, now i64 │ rules u32 { rule · state: bytes } │ incidents: bytes
///
/// Groups are named by keyed hashes, so the key that they were made with goes along, and the restored state goes on with
/// it: another key of the installation changes nothing. A rule whose id or text differs starts anew, which `droppedRules`
/// tells; its open incidents close at the next `advance`.
extension Correlator {
    public func write(to writer: inout ByteWriter) {
        writer.put(secret.low)
        writer.put(secret.high)
        writer.put(moment.watermark)
        writer.put(moment.now)
        writer.put(UInt32(rules.count))
        for rule in rules.indices {
            StoredRule(rules[rule]).write(to: &writer)
            var state = ByteWriter()
            states.write(rule, to: &state)
            ruleCounters[rule].write(to: &state)
            writer.put(state.bytes)
        }
        incidents.write(to: &writer)
    }

    public init(
        _ rules: [CorrelationRule], _ settings: CorrelateSettings, key: HashKey, from reader: inout ByteReader
    ) throws(MalformedBytes) {
        self.init(
            rules, settings, key: HashKey(low: try reader.take(UInt64.self), high: try reader.take(UInt64.self)))
        moment = EngineMoment(watermark: try reader.takeTime(), now: try reader.takeTime())
        var stored: [StoredRule] = []
        // What the checkpoint calls a rule by its index, to the rule of now.
        var known: [Int?] = []
        for _ in 0 ..< Int(try reader.take(UInt32.self)) {
            let old = try StoredRule(from: &reader)
            stored.append(old)
            var state = ByteReader(try reader.takeBytes())
            let rule = rules.firstIndex { $0.id == old.id && $0.body == old.body }
            known.append(rule)
            guard let rule else {
                droppedRules.append(old.title)
                continue
            }
            try states.restore(rule, from: &state)
            ruleCounters[rule] = try CorrelationCounters(from: &state)
            guard state.isAtEnd else { throw MalformedBytes() }
            account(rule)
        }
        try incidents.restore(from: &reader, stored, known)
    }
}

extension CorrelationCounters {
    func write(to writer: inout ByteWriter) {
        for number in [alerts, nullKeys, notNumbers, unplaced, firings] + evictions { writer.put(Int64(number)) }
    }

    init(from reader: inout ByteReader) throws(MalformedBytes) {
        alerts = try reader.takeInt()
        nullKeys = try reader.takeInt()
        notNumbers = try reader.takeInt()
        unplaced = try reader.takeInt()
        firings = try reader.takeInt()
        for index in evictions.indices { evictions[index] = try reader.takeInt() }
    }
}
