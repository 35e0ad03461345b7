// SPDX-License-Identifier: Apache-2.0
import Foundation
import LockFree
import Synchronization

/// A named thread that runs one function from start to end, and that others can wait for.
final class Lane: Sendable {
    let name: String
    private let ended = Atomic<Bool>(false)
    private let bell = WaitWord()

    /// Starts at once. `body` runs on the new thread only.
    init(_ name: String, _ body: @escaping @Sendable () -> Void) {
        self.name = name
        let thread = Thread { [self] in
            // On Linux only a running thread's name reaches the kernel, of which it keeps 15 bytes.
            Thread.current.name = String(name.prefix(15))
            body()
            // Release pairs with the acquire in `hasEnded`: what the lane wrote is visible to who saw it end.
            ended.store(true, ordering: .releasing)
            bell.signal()
        }
        thread.stackSize = 1 << 20
        thread.start()
    }

    var hasEnded: Bool { ended.load(ordering: .acquiring) }

    /// Waits for the end of the lane's function; false when the time was over first.
    @discardableResult
    func join(timeout: Duration? = nil) -> Bool {
        let deadline = timeout.map { ContinuousClock.now + $0 }
        while !hasEnded {
            let ticket = bell.ticket
            if hasEnded { break }
            let left = deadline.map { $0 - .now }
            if let left, left <= .zero { return false }
            bell.wait(for: ticket, timeout: left ?? .seconds(1))
        }
        return true
    }
}
