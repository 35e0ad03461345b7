// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertModel
import BuiltinRules
import CAlertBatch
import CAllocations
import SigmaRules
import Testing

/// Repeats through the whole engine, with the settings that a configuration without a word about them has: memory is
/// taken for a batch, not for an alert.
@Suite struct AllocationTests {
    private static let alertCount = 2_000

    /// Repeats of twenty groups in ten containers, all told apart by their times.
    private func batch(from start: Int64) -> AlertBatch {
        let builder = AlertBatchBuilder(byteCapacity: 1 << 20, recordCapacity: Self.alertCount)
        let raw = unsafe builder.raw
        func text(_ value: String) -> calert_slice {
            let bytes = Array(value.utf8)
            guard let place = unsafe calert_batch_reserve_bytes(raw, UInt32(bytes.count)) else { return calert_slice() }
            for (index, byte) in bytes.enumerated() { unsafe place[index] = byte }
            let slice = unsafe calert_slice(offset: raw.pointee.byte_count, length: UInt32(bytes.count))
            unsafe raw.pointee.byte_count += UInt32(bytes.count)
            return slice
        }
        for number in 0 ..< Self.alertCount {
            let fields = [
                ("container.id", "3ad7b26ded6\(number / 2 % 10)"),
                ("container.image.repository", "registry.example/shop/web"),
                ("evt.type", "openat"), ("fd.name", "/etc/shadow"), ("k8s.ns.name", "shop"),
                ("proc.cmdline", "cat /etc/shadow"), ("proc.exepath", "/usr/bin/cat"), ("proc.name", "cat"),
                ("user.name", "root"),
            ].map { (text($0.0), text($0.1)) }
            let rule = text("rule \(number % 2)")
            let (source, host) = (text("syscall"), text("node-1"))
            let output = text("12:00:00.000000000: Warning file opened (number=\(number))")
            let tag = text("mitre_credential_access")
            guard let record = unsafe calert_batch_append_record(raw) else { continue }
            unsafe record.pointee.rule = rule
            unsafe record.pointee.hostname = host
            unsafe record.pointee.source = source
            unsafe record.pointee.output = output
            unsafe record.pointee.priority = Priority.warning.rawValue
            unsafe record.pointee.first_field = raw.pointee.field_count
            unsafe record.pointee.first_tag = raw.pointee.tag_count
            for (key, value) in fields {
                guard let field = unsafe calert_batch_append_field(raw) else { continue }
                unsafe field.pointee.key = key
                unsafe field.pointee.text = value
                unsafe calert_set_text(
                    field, calert_slice_bytes(raw, key), Int(key.length), calert_slice_bytes(raw, value),
                    Int(value.length))
            }
            unsafe record.pointee.field_count = UInt16(fields.count)
            if let place = unsafe calert_batch_append_tag(raw) { unsafe place.pointee = tag }
            unsafe record.pointee.tag_count = 1
            let time = start + Int64(number) * 100_000
            unsafe calert_record_set_time(record, true, time, time)
        }
        return builder.seal()
    }

    /// Allocations of six batches of repeats, one after the other.
    private func allocations(_ engine: inout AlertEngine) -> [Int] {
        let start = 1_767_225_600 * second
        let entries = (0 ..< 6).map { number in
            JournalEntry(
                place: Int64(1 + number * Self.alertCount), epoch: 7, source: "node",
                content: .alerts(batch(from: start + Int64(number) * second)))
        }
        return entries.map { entry in
            let before = allocations_of_this_thread()
            _ = engine.process(entry)
            return Int(allocations_of_this_thread() - before)
        }
    }

    @Test func `time, enrichment, fates and notes take memory for a batch, not for every alert`() {
        var engine = AlertEngine(EngineSettings(enrich: EnrichSettings()))
        let taken = allocations(&engine)
        #expect(engine.counts[.passed] == 6 * Self.alertCount)
        #expect(engine.stages.enricher.counters.attacks == 6 * Self.alertCount)
        #expect(taken[0] > 50, "the counter counts")
        #expect(taken[3...].allSatisfy { $0 <= 100 }, "allocations by batch: \(taken)")
    }

    /// Only optimised code: without specialisation the compiler's own boxes come with every call of a generic function.
    @Test(.enabled(if: isOptimised))
    func `thousands of repeats take memory for their batch, not for every alert`() throws {
        let files = BuiltinRules.files.map { RuleFile(name: $0.name, bytes: $0.bytes) }
        let rules = try #require(SigmaRuleSet.read(files).rules)
        var engine = AlertEngine(
            EngineSettings(
                identity: IdentitySettings(), enrich: EnrichSettings(), deduplicate: DeduplicateSettings(),
                rules: rules))
        let taken = allocations(&engine)
        #expect(engine.counts[.suppressed] == 6 * Self.alertCount - 20)
        // Decade updates of twenty groups are records, which are allocated.
        #expect(taken[3...].allSatisfy { $0 <= 200 }, "allocations by batch: \(taken)")
    }
}

#if DEBUG
    private let isOptimised = false
#else
    private let isOptimised = true
#endif
