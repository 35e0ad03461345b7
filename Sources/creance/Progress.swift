// SPDX-License-Identifier: Apache-2.0

/// How far long work has come: one line on standard error that is drawn over, and only on a terminal.
///
/// Nothing is drawn for work that is done within half a second. One thread.
final class Progress {
    private let verb: String
    private let total: Int?
    private let started = ContinuousClock.now
    private var drawn = ContinuousClock.now.advanced(by: .milliseconds(400))
    private var hasDrawn = false
    private let isShown = Descriptor.standardError.isTerminal

    /// `total` nil: the end is not known.
    init(_ verb: String, total: Int?) {
        self.verb = verb
        self.total = total
    }

    /// Cheap enough for every batch; draws at most ten times a second.
    func update(_ done: Int) {
        guard isShown, ContinuousClock.now - drawn > .milliseconds(100) else { return }
        drawn = .now
        hasDrawn = true
        draw(done, end: "")
    }

    /// The last line stays on the terminal.
    func end(_ done: Int) {
        if hasDrawn { draw(done, end: "\n") }
    }

    /// Takes the line away, because others want to write there.
    func clear() {
        if hasDrawn { try? Descriptor.standardError.write([UInt8]("\r\u{1b}[K".utf8)) }
        hasDrawn = false
    }

    private func draw(_ done: Int, end: String) {
        let line = Self.line(verb, done: done, total: total, elapsed: ContinuousClock.now - started)
        try? Descriptor.standardError.write([UInt8]("\r\u{1b}[K\(line)\(end)".utf8))
    }

    /// `generated 41943 (42 %, 120331/s, 1 s left)`
    static func line(_ verb: String, done: Int, total: Int?, elapsed: Duration) -> String {
        let seconds = elapsed / .seconds(1)
        let rate = seconds > 0 ? Double(done) / seconds : 0
        guard let total, total > 0 else { return "\(verb) \(done) (\(Int(rate))/s)" }
        let share = Int(Double(min(done, total)) / Double(total) * 100)
        let left = rate > 0 && done < total ? ", \(Int((Double(total - done) / rate).rounded(.up))) s left" : ""
        return "\(verb) \(done) (\(share) %, \(Int(rate))/s\(left))"
    }
}
