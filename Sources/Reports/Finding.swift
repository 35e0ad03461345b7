// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// One thing that somebody should look at: a group of like alerts, or an incident.
///
/// Texts come from alerts and are as hostile as those; every report escapes them by its own rules.
public struct Finding: Hashable, Sendable {
    public enum Kind: String, Sendable { case alert, incident }

    public var kind: Kind
    /// The same for the same input, whichever journal it went through: 32 hexadecimal digits.
    public var id: String
    /// Falco's rule, or the identifier of the correlation rule.
    public var ruleID: String
    /// Falco's rule, or the title of the correlation rule.
    public var title: String
    public var priority: Priority
    /// What the first alert said, without time and priority.
    public var text: String
    public var place: FindingPlace
    /// Alerts of the group, or of the incident.
    public var count: Int
    public var first: EventTime
    public var last: EventTime
    /// Where the rule looks (`syscall`, `k8s_audit`) and where it happened.
    public var source: String
    public var hostname: String
    public var tags: [String]
    /// What tells this finding from others of its rule, in order.
    public var fields: [Field]
    /// It is what `--fail-on` asks for.
    public var isFailing: Bool

    public struct Field: Hashable, Sendable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public init(
        kind: Kind, id: String, ruleID: String, title: String, priority: Priority, text: String, place: FindingPlace,
        count: Int = 1, first: EventTime, last: EventTime, source: String = "", hostname: String = "",
        tags: [String] = [], fields: [Field] = [], isFailing: Bool = false
    ) {
        self.kind = kind
        self.id = id
        self.ruleID = ruleID
        self.title = title
        self.priority = priority
        self.text = text
        self.place = place
        self.count = count
        self.first = first
        self.last = last
        self.source = source
        self.hostname = hostname
        self.tags = tags
        self.fields = fields
        self.isFailing = isFailing
    }

    /// Of the rule and the file it looked at: the same in every run, where ids of containers and processes are not, and
    /// the same when the rule moves in its own file.
    var fingerprint: SubjectID {
        let parts = [kind.rawValue, ruleID, place.subject ?? place.file, place.subject == nil ? "\(place.line)" : "1"]
        let bytes = parts.flatMap { Array("\($0.utf8.count):".utf8) + Array($0.utf8) }
        return SubjectID(digestOf: bytes.span)
    }
}

/// A file and a line of it, from 1.
public struct FindingPlace: Hashable, Sendable {
    public var file: String
    public var line: Int
    /// What the rule looked at, when `file` is the rule's own.
    public var subject: String?

    public init(file: String, line: Int = 1, subject: String? = nil) {
        self.file = file
        self.line = line
        self.subject = subject
    }
}

/// Severity as scanners have it.
public enum FindingSeverity: String, CaseIterable, Sendable {
    case high = "High"
    case medium = "Medium"
    case low = "Low"

    public init(_ priority: Priority) {
        switch priority {
        case .emergency, .alert, .critical, .error: self = .high
        case .warning: self = .medium
        case .notice, .informational, .debug: self = .low
        }
    }
}

extension [Finding] {
    /// Most severe first; then in order of time and id, so that the same findings are always in the same order.
    public func inReportOrder() -> [Finding] {
        sorted { left, right in
            if left.isFailing != right.isFailing { return left.isFailing }
            if left.priority != right.priority { return left.priority > right.priority }
            if left.first != right.first { return left.first < right.first }
            return left.id < right.id
        }
    }
}
