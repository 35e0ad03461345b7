// SPDX-License-Identifier: Apache-2.0
import Foundation

/// How far long work has come: one line on standard error that is drawn over, and only on a terminal.
final class Progress {
    private let verb: String
    private let total: Int?
    private let started = ContinuousClock.now
    private var drawn = ContinuousClock.now
    private let isShown = isatty(STDERR_FILENO) == 1

    /// `total` nil: the end is not known.
    init(_ verb: String, total: Int?) {
        self.verb = verb
        self.total = total
    }

    func update(_ done: Int) {
        guard isShown, ContinuousClock.now - drawn > .milliseconds(100) else { return }
        drawn = .now
        draw(done, end: "")
    }

    func end(_ done: Int) {
        if isShown { draw(done, end: "\n") }
    }

    private func draw(_ done: Int, end: String) {
        let (seconds, attoseconds) = (ContinuousClock.now - started).components
        let elapsed = Double(seconds) + Double(attoseconds) * 1e-18
        let rate = elapsed > 0 ? Int(Double(done) / elapsed) : 0
        let share = total.map { $0 > 0 ? "\(min(100, done * 100 / $0)) %, " : "" } ?? ""
        FileHandle.standardError.write(Data("\r\u{1b}[K\(verb) \(done) (\(share)\(rate)/s)\(end)".utf8))
    }
}
