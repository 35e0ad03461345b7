// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertModel
import ConfigTree
import FalcoRules
import Journal
import LockFree

/// Answers requests of the control socket: looks whether they make sense, hands changes to the journal, and answers when
/// they are committed and the engine decides by them.
///
/// One thread, the socket's; it may wait for the limits below.
public struct ControlDesk: Sendable {
    /// For the journal's word.
    static let commitLimit = Duration.seconds(10)
    /// For the engine's.
    static let engineLimit = Duration.seconds(2)

    private let mailbox: ControlMailbox
    private let board: SilenceBoard
    private let clock: WallClock
    private let wake: @Sendable () -> Void
    /// nil: there are no sinks behind the desk.
    private let letters: LetterDesk?
    /// nil: there is no journal behind the desk.
    private let incidents: IncidentDesk?

    /// - Parameter wake: wakes the engine's lane, which then looks at the board.
    public init(mailbox: ControlMailbox, board: SilenceBoard, clock: WallClock, wake: @escaping @Sendable () -> Void) {
        self.init(mailbox: mailbox, board: board, letters: nil, incidents: nil, clock: clock, wake: wake)
    }

    init(
        mailbox: ControlMailbox, board: SilenceBoard, letters: LetterDesk?, incidents: IncidentDesk? = nil,
        clock: WallClock, wake: @escaping @Sendable () -> Void
    ) {
        self.letters = letters
        self.incidents = incidents
        self.mailbox = mailbox
        self.board = board
        self.clock = clock
        self.wake = wake
    }

    /// The answer to one line.
    public func answer(_ line: [UInt8]) -> [UInt8] { ControlLine.write(answer(to: line)) }

    func answer(to line: [UInt8]) -> ControlAnswer {
        guard let request = ControlLine.read(ControlRequest.self, line) else {
            return ControlAnswer(.invalid, "the request is not one that this daemon can read")
        }
        guard request.version == ControlRequest.version else {
            return ControlAnswer(.invalid, "the request is of version \(request.version); this daemon reads version 1")
        }
        switch ControlRequest.Command(rawValue: request.command) {
        case .add: return Self.answer { () throws(Refused) in try add(request) }
        case .list: return Self.answer { () throws(Refused) in ControlAnswer(try list().map { .init($0) }) }
        case .expire: return expire(request)
        case .acknowledge: return incidents?.annotate(request, .acknowledgement, at: clock.now()) ?? Self.noJournal
        case .annotate: return incidents?.annotate(request, .note, at: clock.now()) ?? Self.noJournal
        case .replayLetters: return letters?.replay(request) ?? Self.noSinks
        case .dropLetters: return letters?.drop(request) ?? Self.noSinks
        case nil:
            let known = ControlRequest.Command.allCases.map(\.rawValue).joined(separator: ", ")
            return ControlAnswer(.invalid, "the daemon knows no such command; it knows \(known)")
        }
    }

    private static func answer(_ work: () throws(Refused) -> ControlAnswer) -> ControlAnswer {
        do { return try work() } catch { return error.answer }
    }

    /// Those of the configuration first.
    func list() throws(Refused) -> [SilenceStatus] {
        guard let sheet = board.ask(timeout: Self.engineLimit, wake: wake) else { throw Refused(Self.noEngine) }
        return sheet.silences
    }

    private func add(_ request: ControlRequest) throws(Refused) -> ControlAnswer {
        let (status, remarks) = try set(request)
        return ControlAnswer([ControlAnswer.SilenceEntry(status)], remarks: remarks)
    }

    /// Sets the silence that a request asks for.
    func set(_ request: ControlRequest) throws(Refused) -> (status: SilenceStatus, remarks: [String]) {
        guard let sheet = board.ask(timeout: Self.engineLimit, wake: wake) else { throw Refused(Self.noEngine) }
        let silence = try Self.silence(request, now: max(clock.now(), sheet.now)).get()
        guard sheet.silences.count(where: { !$0.isConfigured }) < Silence.Limit.count else {
            throw Refused(
                ControlAnswer(
                    .full, "\(Silence.Limit.count) silences are set already; expire some, or write one that covers more"
                ))
        }
        if let refusal = submit(.set(silence)) { throw Refused(refusal) }
        guard let status = settled({ $0.first { $0.silence.id == silence.id } }) else {
            throw Refused(
                ControlAnswer(
                    .unavailable,
                    "the silence is in the journal, but the engine has not shown it yet; look at the list"))
        }
        return (status, Self.remarks(on: silence))
    }

    /// Notes something about an incident.
    func annotate(
        _ incident: SubjectID, _ kind: Annotation.Kind, by: String, text: String
    ) throws(Refused) -> Annotation {
        guard let incidents else { throw Refused(Self.noJournal) }
        return try incidents.annotate(incident, kind, at: clock.now(), by: by, text: text)
    }

    private func expire(_ request: ControlRequest) -> ControlAnswer {
        guard let id = request.id, (1 ... Silence.Limit.id).contains(id.utf8.count) else {
            return ControlAnswer(.invalid, "an id of 1 to \(Silence.Limit.id) bytes is needed")
        }
        let author = request.by ?? ""
        guard author.utf8.count <= Silence.Limit.author else {
            return ControlAnswer(.invalid, "`by` is longer than \(Silence.Limit.author) bytes")
        }
        guard let sheet = board.ask(timeout: Self.engineLimit, wake: wake) else { return Self.noEngine }
        let meant = sheet.silences.filter { $0.silence.id.hasPrefix(id) }
        guard let silence = meant.first else { return ControlAnswer(.unknown, "there is no silence of that id") }
        guard meant.count == 1 else {
            return ControlAnswer(.invalid, "\(meant.count) silences have an id that begins so; give more of it")
        }
        guard !silence.isConfigured else {
            return ControlAnswer(.unknown, "\(silence.silence.id) is of the configuration; take it out there")
        }
        if let refusal = submit(.lift(id: silence.silence.id, by: author)) { return refusal }
        let isGone = settled { list in list.contains { $0.silence.id == silence.silence.id } ? nil : true }
        guard isGone != nil else {
            return ControlAnswer(
                .unavailable, "that it ends is in the journal, but the engine has not shown it yet; look at the list")
        }
        return ControlAnswer([ControlAnswer.SilenceEntry(silence)])
    }

    /// A request that was not done, with the answer that says why.
    struct Refused: Error {
        let answer: ControlAnswer

        init(_ answer: ControlAnswer) { self.answer = answer }
        init(_ error: String) { answer = ControlAnswer(.invalid, error) }
    }

    /// The silence that a request asks for.
    private static func silence(_ request: ControlRequest, now: EventTime) -> Result<Silence, Refused> {
        let (when, reason, author) = (request.when ?? "", request.reason ?? "", request.by ?? "")
        for (name, text, limit) in [
            ("when", when, Silence.Limit.when), ("reason", reason, Silence.Limit.reason),
        ] {
            if text.isEmpty { return .failure(Refused("`\(name)` is needed")) }
            if text.utf8.count > limit { return .failure(Refused("`\(name)` is longer than \(limit) bytes")) }
        }
        guard author.utf8.count <= Silence.Limit.author else {
            return .failure(Refused("`by` is longer than \(Silence.Limit.author) bytes"))
        }
        do throws(ConditionError) {
            if let check = try Condition(when).recordCheck { throw check }
        } catch {
            return .failure(Refused("the condition cannot be used: \(error)"))
        }
        guard let until = end(request.until ?? "", now: now) else {
            return .failure(Refused("`until` is no time: 2h from now, or 2027-01-01T00:00:00Z"))
        }
        guard until > now else { return .failure(Refused("`until` is past: \(until)")) }
        return .success(Silence(when: when, until: until, reason: reason, createdBy: author, createdAt: now))
    }

    /// What in a condition is probably not meant.
    private static func remarks(on silence: Silence) -> [String] {
        ((try? Condition(silence.when))?.warnings ?? []).map(\.description)
    }

    private static func end(_ text: String, now: EventTime) -> EventTime? {
        // No time and no duration is that long.
        guard text.utf8.count <= 64 else { return nil }
        if let time = ConfigTime(text) { return EventTime(nanoseconds: time.nanoseconds) }
        return ConfigText.duration(text).map { now.advanced(by: $0) }
    }

    /// nil: it is committed.
    private func submit(_ change: SilenceChange) -> ControlAnswer? {
        switch mailbox.submit(change, timeout: Self.commitLimit) {
        case .committed: nil
        case .failed: ControlAnswer(.unavailable, "the journal cannot be written; `creance status` says why")
        case .late:
            ControlAnswer(.unavailable, "the journal gave no word in time; look at the list before trying again")
        case .full: ControlAnswer(.full, "\(ControlMailbox.limit) changes wait for the journal already")
        case .closed: ControlAnswer(.unavailable, "the daemon is stopping")
        }
    }

    /// What `found` sees once the engine has come to the change; nil: not in time.
    private func settled<Found>(_ found: ([SilenceStatus]) -> Found?) -> Found? {
        let deadline = ContinuousClock.now + Self.engineLimit
        while let sheet = board.ask(timeout: Self.engineLimit, wake: wake) {
            if let result = found(sheet.silences) { return result }
            guard ContinuousClock.now < deadline else { return nil }
            // The entry is on its way through the rings; nobody signals this word.
            let nobody = WaitWord()
            nobody.wait(for: nobody.ticket, timeout: .milliseconds(2), spins: 0)
        }
        return nil
    }

    private static let noJournal = ControlAnswer(.unavailable, "there is no journal here")

    private static let noSinks = ControlAnswer(.unavailable, "there are no sinks here")

    private static let noEngine = ControlAnswer(
        .unavailable, "the engine gave no word in time; `creance status` says how it is")
}
