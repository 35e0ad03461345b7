// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertModel
import BuiltinRules
import CAllocations

/// Allocations of the whole engine in steady state: what a batch of alerts takes must not depend on how many there are in
/// it. Groups, containers and incidents are known, so only the batch itself is new.
struct AllocationGate {
    /// Batches that make everything known.
    private static let warmup = 64
    private static let measured = 32
    /// What a batch of 1,024 alerts may take: its fates, marks and notes, and a record now and then.
    private static let limit = 64

    /// The alerts of each batch are the same four thousand again, a few seconds later. The median of batches is judged:
    /// a batch in which updates of groups fall due has their records, too.
    ///
    /// - Returns: whether the limit is kept.
    static func run() -> Bool {
        let entries = Mix.repeats.entries(warmup + measured)
        var engine = AlertEngine(defaults)
        var taken: [Int] = []
        for (number, entry) in entries.enumerated() {
            let before = allocations_of_this_thread()
            _ = engine.process(entry)
            if number >= warmup { taken.append(Int(allocations_of_this_thread() - before)) }
            if number == 0, allocations_of_this_thread() == before {
                print("the counter of allocations does not count")
                return false
            }
        }
        taken.sort()
        let median = taken[taken.count / 2]
        let each = Double(taken.reduce(0, +)) / Double(measured * Mix.batchSize)
        print(
            "allocations of the whole engine for a batch of \(Mix.batchSize) repeats: \(taken[0]) to "
                + "\(taken[taken.count - 1]), median \(median) (limit \(limit)); \(twoDigits(each)) an alert")
        return median <= limit
    }
}
