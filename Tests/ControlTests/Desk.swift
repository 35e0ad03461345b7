// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertModel
import Foundation
import LockFree
import Synchronization

@testable import Pipeline

/// A desk with the two lanes behind it played by one thread: it settles what comes and keeps the silences.
final class Desk: Sendable {
    let mailbox: ControlMailbox
    let board = SilenceBoard()
    let desk: ControlDesk
    private let bell = WaitWord()
    private let stopping = Atomic<Bool>(false)
    private let lane = Mutex<Lane?>(nil)
    /// What the journal's transactions come to.
    let outcome = Mutex(ControlMailbox.Outcome.committed)
    /// In order of commitment.
    let committed = Mutex<[SilenceChange]>([])

    static let now = EventTime(nanoseconds: 1_700_000_000_000_000_000)

    init(configured: [SilenceSettings.Configured] = []) {
        mailbox = ControlMailbox(lane: bell)
        desk = ControlDesk(
            mailbox: mailbox, board: board, clock: WallClock { Self.now }, wake: { [bell] in bell.signal() })
        lane.withLock { $0 = Lane("desk") { [self] in run(SilenceSettings(configured)) } }
    }

    private func run(_ settings: SilenceSettings) {
        var silencer = Silencer(settings)
        while !stopping.load(ordering: .acquiring) {
            let ticket = bell.ticket
            let letters = mailbox.take()
            let outcome = outcome.withLock { $0 }
            mailbox.settle(letters, outcome)
            if outcome == .committed {
                for letter in letters {
                    committed.withLock { $0.append(letter.change) }
                    silencer.apply(letter.change, at: Self.now)
                }
            }
            if board.isAsked { board.answer(.init(silences: silencer.status(at: Self.now), now: Self.now)) }
            bell.wait(for: ticket, timeout: .seconds(1))
        }
        mailbox.close()
    }

    /// Ends the thread that plays the lanes.
    func end() {
        stopping.store(true, ordering: .releasing)
        bell.signal()
        lane.withLock { $0 }?.join()
    }

    func ask(_ request: ControlRequest) -> ControlAnswer { desk.answer(to: ControlLine.write(request)) }

    func ask(line: String) -> ControlAnswer { desk.answer(to: Array(line.utf8)) }
}
