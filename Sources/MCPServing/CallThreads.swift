// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

/// The threads on which calls of assistants run. A search that reads the journal for a second then holds up other calls of
/// assistants, but none of the tasks that answer Falco, which run in Swift's own pool.
///
/// A door to unsafe code: jobs are kept between their coming and their run.
final class CallThreads: TaskExecutor {
    static let shared = CallThreads(count: min(max(ProcessInfo.processInfo.activeProcessorCount, 2), 8))

    private let count: Int
    private let jobs = Mutex((waiting: [UnownedJob](), hasBegun: false))
    private let bell = DispatchSemaphore(value: 0)

    /// The threads begin with the first job.
    private init(count: Int) { self.count = count }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let begins = jobs.withLock { jobs in
            jobs.waiting.append(job)
            defer { jobs.hasBegun = true }
            return !jobs.hasBegun
        }
        if begins { for number in 0 ..< count { begin(number) } }
        bell.signal()
    }

    private func begin(_ number: Int) {
        let thread = Thread { [self] in
            while true {
                bell.wait()
                // One signal for each job: there is one.
                guard let job = jobs.withLock({ $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }) else { continue }
                unsafe job.runSynchronously(on: asUnownedTaskExecutor())
            }
        }
        thread.name = "assistant-\(number)"
        thread.stackSize = 1 << 20
        thread.start()
    }
}
