// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// What somebody noted about an incident: nothing is decided by it.
public struct Annotation: Hashable, Sendable {
    /// The numbers are in files and never change.
    public enum Kind: Int64, CaseIterable, Sendable {
        case note = 0
        /// Somebody has seen it and deals with it.
        case acknowledgement = 1

        public var name: String {
            switch self {
            case .note: "note"
            case .acknowledgement: "acknowledgement"
            }
        }
    }

    /// Bounds of what comes from outside.
    public enum Limit {
        /// Bytes.
        public static let text = 4_096
        public static let author = 256
        /// Of one incident, and of all.
        public static let perIncident = 200
        public static let all = 100_000
    }

    /// Counts up in the order of their writing.
    public let number: Int64
    public let incident: SubjectID
    public let kind: Kind
    public let at: EventTime
    /// As they said, or as their token is named.
    public let by: String
    public let text: String

    public init(number: Int64, incident: SubjectID, kind: Kind, at: EventTime, by: String, text: String) {
        self.number = number
        self.incident = incident
        self.kind = kind
        self.at = at
        self.by = by
        self.text = text
    }

    /// Nothing is longer than its limit, and a note says something.
    public static func isWithinLimits(_ kind: Kind, by: String, text: String) -> Bool {
        by.utf8.count <= Limit.author && text.utf8.count <= Limit.text && (kind != .note || !text.isEmpty)
    }
}

extension [Annotation] {
    /// The newest acknowledgement.
    public var acknowledged: Annotation? { last { $0.kind == .acknowledgement } }
}
