// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Journal

/// What `status` found out, ready to be shown.
struct StatusReport {
    enum Health {
        case notAsked
        /// Nobody answers where the configuration has the server listen.
        case silent(at: String)
        case answered(HealthProbe.Answer, at: String)
    }

    let path: String
    let daemon: DaemonLook
    /// When the newest process began to write this journal.
    let started: EventTime?
    let health: Health
    let journal: JournalStatus
    /// Outputs routed to a sink that it has still to send, by sink.
    let behind: [String: Int]
    /// Where the engine would begin to read after a crash; nil: at the beginning.
    let checkpoint: Int64?

    private var keptAlerts: Int { journal.alerts - journal.prunedAlerts }

    func text(_ style: Style) -> String {
        var lines: [String] = []
        func add(_ name: String, _ values: [String]) {
            for (index, value) in values.enumerated() {
                let label = index == 0 ? name : ""
                lines.append(style.bold(label) + String(repeating: " ", count: max(1, 14 - label.count)) + value)
            }
        }
        add("Daemon", [daemonLine(style)] + healthLines(style))
        add("Journal", [path] + journalLines())
        add("Engine", [engineLine()])
        let cursors = journal.cursors.sorted { $0.key < $1.key }
        let sinks = cursors.map { name, _ in
            let lag = behind[name] ?? 0
            return "\(name): " + (lag == 0 ? "everything sent" : style.yellow("\(Self.counted(lag, "record")) behind"))
        }
        add("Sinks", sinks.isEmpty ? ["none has sent anything yet"] : sinks)
        let refused = journal.refused.sorted { $0.key < $1.key }.map {
            "refused by \($0.key): \(Self.grouped($0.value.total)) (\(Self.grouped($0.value.kept)) kept)"
        }
        let letters = journal.deadLetters.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
        add(
            "Dead letters",
            letters.isEmpty && refused.isEmpty
                ? ["none"]
                : letters.map {
                    "\($0.key): \(Self.grouped($0.value)) (\(Self.grouped(journal.keptDeadLetters[$0.key] ?? 0)) kept)"
                } + refused)
        return lines.joined(separator: "\n") + "\n"
    }

    private func daemonLine(_ style: Style) -> String {
        let since = started.map { " \(Self.short($0))" } ?? ""
        switch daemon {
        case .running(0): return style.green("running") + " since\(since)"
        case .running(let process): return style.green("running") + " as process \(process) since\(since)"
        case .stopped: return style.yellow("not running") + (started == nil ? "" : "; last started\(since)")
        case .unknown: return "unknown: the kernel does not say who holds the journal's lock"
        }
    }

    private func healthLines(_ style: Style) -> [String] {
        switch health {
        case .notAsked: []
        case .silent(let address): [style.yellow("does not answer") + " at \(address)"]
        case .answered(let answer, let address):
            [
                (answer.isReady ? style.green("ready") : style.red("not ready (HTTP \(answer.status))"))
                    + " at \(address)"
            ]
                + HealthText.lines(answer.body)
        }
    }

    private func journalLines() -> [String] {
        var lines = ["\(Self.counted(keptAlerts, "alert")) kept, \(Self.grouped(journal.alerts)) ever"]
        if let oldest = journal.oldest, let newest = journal.newest {
            lines.append("from \(Self.short(oldest)) to \(Self.short(newest))")
        }
        lines.append(
            "\(Self.bytes(journal.usedBytes)) in use; the file has \(Self.bytes(journal.fileBytes)), its log \(Self.bytes(journal.logBytes))"
        )
        return lines
    }

    private func engineLine() -> String {
        let behind = max(0, journal.nextPlace - 1 - journal.decidedPlace)
        let decided = behind == 0 ? "everything decided" : "\(Self.counted(behind, "entry", "entries")) behind"
        let again = checkpoint.map { max(0, journal.nextPlace - $0) }
        return decided
            + (again.map { "; the last checkpoint is \(Self.counted($0, "entry", "entries")) old" }
                ?? "; no checkpoint yet")
    }

    func json() -> String {
        var object = JSONLine()
        var daemon = JSONLine()
        switch self.daemon {
        case .running(let process):
            daemon.add("state", "running")
            if process > 0 { daemon.add("process", Int(process)) }
        case .stopped: daemon.add("state", "stopped")
        case .unknown: daemon.add("state", "unknown")
        }
        daemon.add("started", started?.description)
        switch health {
        case .notAsked: break
        case .silent: daemon.add("ready", false)
        case .answered(let answer, let address):
            daemon.add("ready", answer.isReady)
            daemon.add("address", address)
            // Whoever answered may be another program: only what is JSON goes in as such.
            daemon.add("health", json: HealthText.json(answer.body))
        }
        object.add("daemon", daemon)
        object.add("journal", journalObject())
        var engine = JSONLine()
        engine.add("decided_place", journal.decidedPlace)
        engine.add("next_output", journal.nextOutput)
        engine.add("checkpoint_place", checkpoint)
        object.add("engine", engine)
        object.add(
            "sinks",
            journal.cursors.sorted { $0.key < $1.key }.map { name, cursor in
                var sink = JSONLine()
                sink.add("name", name)
                sink.add("next_output", cursor.nextOutput)
                sink.add("behind", behind[name] ?? 0)
                if let refused = journal.refused[name] {
                    sink.add("dead_letters", refused.total)
                    sink.add("dead_letters_kept", refused.kept)
                }
                return sink
            })
        object.add(
            "dead_letters",
            journal.deadLetters.sorted { $0.key < $1.key }.map { reason, count in
                var letters = JSONLine()
                letters.add("reason", reason)
                letters.add("count", count)
                letters.add("kept", journal.keptDeadLetters[reason] ?? 0)
                return letters
            })
        return object.text + "\n"
    }

    private func journalObject() -> JSONLine {
        var object = JSONLine()
        object.add("path", path)
        object.add("installation", Self.hexadecimal(journal.installation))
        object.add("epoch", Self.hexadecimal(journal.epoch))
        object.add("schema", journal.schemaVersion)
        object.add("next_place", journal.nextPlace)
        object.add("entries", journal.entries)
        object.add("alerts", journal.alerts)
        object.add("kept_alerts", keptAlerts)
        object.add("raw_bytes", journal.rawBytes)
        object.add("used_bytes", journal.usedBytes)
        object.add("file_bytes", journal.fileBytes)
        object.add("log_bytes", journal.logBytes)
        object.add("oldest", journal.oldest?.description)
        object.add("newest", journal.newest?.description)
        return object
    }

    /// As record ids have it.
    private static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// To the second.
    private static func short(_ time: EventTime) -> String { "\(time.description.prefix(19))Z" }

    private static func counted(_ count: some BinaryInteger, _ one: String, _ many: String? = nil) -> String {
        "\(grouped(count)) \(count == 1 ? one : many ?? one + "s")"
    }

    /// `1,234,567`.
    static func grouped(_ number: some BinaryInteger) -> String {
        var digits = String(number)
        var place = digits.count - 3
        while place > (number < 0 ? 1 : 0) {
            digits.insert(",", at: digits.index(digits.startIndex, offsetBy: place))
            place -= 3
        }
        return digits
    }

    /// `41.2 MiB`.
    static func bytes(_ count: Int) -> String {
        var value = Double(count)
        var unit = 0
        let units = ["bytes", "KiB", "MiB", "GiB", "TiB"]
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return unit == 0 ? "\(count) bytes" : "\((value * 10).rounded() / 10) \(units[unit])"
    }
}
