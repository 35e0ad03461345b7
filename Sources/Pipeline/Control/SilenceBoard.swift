// SPDX-License-Identifier: Apache-2.0
public import AlertEngine
public import AlertModel
import LockFree
import Synchronization

/// Where the engine's lane hangs out the list of silences when somebody asks for it: no list is made for nobody.
public final class SilenceBoard: Sendable {
    /// The silences as they stood after some entry.
    public struct Sheet: Sendable {
        public let silences: [SilenceStatus]
        /// The engine's present.
        public let now: EventTime

        public init(silences: [SilenceStatus], now: EventTime) {
            self.silences = silences
            self.now = now
        }
    }

    private let asked = Atomic<Int>(0)
    private let answered = Atomic<Int>(0)
    private let sheet = Mutex<Sheet?>(nil)
    private let hungOut = WaitWord()
    /// One asks at a time.
    private let asking = Mutex(())

    public init() {}

    /// The engine's lane, between entries: a question is open.
    public var isAsked: Bool {
        // Acquire pairs with the release in `ask`.
        asked.load(ordering: .acquiring) != answered.load(ordering: .relaxed)
    }

    /// The engine's lane: answers every question asked so far.
    public func answer(_ sheet: Sheet) {
        let number = asked.load(ordering: .acquiring)
        self.sheet.withLock { $0 = sheet }
        // Release pairs with the acquire in `ask`: the sheet is there.
        answered.store(number, ordering: .releasing)
        hungOut.signal()
    }

    /// The list as it stands after everything that the engine has been given; nil: no answer in time. Those who ask take
    /// turns.
    ///
    /// - Parameter wake: wakes the engine's lane.
    public func ask(timeout: Duration, wake: () -> Void) -> Sheet? {
        asking.withLock { _ in askAlone(timeout: timeout, wake: wake) }
    }

    private func askAlone(timeout: Duration, wake: () -> Void) -> Sheet? {
        // Release pairs with the acquire in `isAsked`.
        let number = asked.add(1, ordering: .acquiringAndReleasing).newValue
        wake()
        let deadline = ContinuousClock.now + timeout
        while true {
            let ticket = hungOut.ticket
            // Acquire pairs with the release in `answer`.
            if answered.load(ordering: .acquiring) >= number { return sheet.withLock { $0 } }
            let left = deadline - .now
            guard left > .zero else { return nil }
            hungOut.wait(for: ticket, timeout: left)
        }
    }
}
