// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Journal
import Synchronization

/// Tells one listener of every incident that a note was added to. Any thread.
final class IncidentBell: Sendable {
    private let listener = Mutex<(@Sendable (SubjectID) -> Void)?>(nil)

    /// From now on `listener` is called; it must not wait.
    func follow(_ listener: @escaping @Sendable (SubjectID) -> Void) { self.listener.withLock { $0 = listener } }

    func ring(_ incident: SubjectID) { listener.withLock { $0 }?(incident) }
}

/// Notes and acknowledgements of incidents on their way into the journal. Any thread; each is a transaction of its own.
struct IncidentDesk: Sendable {
    let writer: JournalWriter
    let bell: IncidentBell

    func annotate(_ request: ControlRequest, _ kind: Annotation.Kind, at time: EventTime) -> ControlAnswer {
        guard let id = request.id.flatMap(SubjectID.init) else {
            return ControlAnswer(.invalid, "an incident's id is needed: 32 hexadecimal digits")
        }
        do throws(ControlDesk.Refused) {
            let made = try annotate(id, kind, at: time, by: request.by ?? "", text: request.note ?? "")
            return ControlAnswer(ControlAnswer.AnnotationEntry(made))
        } catch {
            return error.answer
        }
    }

    func annotate(
        _ incident: SubjectID, _ kind: Annotation.Kind, at time: EventTime, by: String, text: String
    ) throws(ControlDesk.Refused) -> Annotation {
        let result: Result<Annotation, AnnotationRefusal>
        do throws(JournalError) {
            result = try writer.annotate(incident, kind, at: time, by: by, text: text)
        } catch {
            throw ControlDesk.Refused(ControlAnswer(.unavailable, "\(error)"))
        }
        switch result {
        case .success(let made):
            bell.ring(incident)
            return made
        case .failure(.noIncident):
            throw ControlDesk.Refused(
                ControlAnswer(
                    .unknown,
                    "there is no incident of that id in the journal (any more); `creance incidents list` names each by "
                        + "its own id, which is not that of one of its records"))
        case .failure(.full):
            throw ControlDesk.Refused(
                ControlAnswer(
                    .full, "an incident takes \(Annotation.Limit.perIncident) notes, a journal \(Annotation.Limit.all)")
            )
        case .failure(.beyondLimits):
            throw ControlDesk.Refused(
                "a note has 1 to \(Annotation.Limit.text) bytes, its author at most \(Annotation.Limit.author)")
        }
    }
}

extension ControlAnswer {
    /// A note or an acknowledgement as it was stored.
    public struct AnnotationEntry: Codable, Hashable, Sendable {
        public var incident: String
        /// `note` or `acknowledgement`.
        public var kind: String
        public var at: String
        public var by: String?
        public var text: String?

        init(_ annotation: Annotation) {
            incident = annotation.incident.description
            kind = annotation.kind.name
            at = annotation.at.description
            by = annotation.by.isEmpty ? nil : annotation.by
            text = annotation.text.isEmpty ? nil : annotation.text
        }
    }
}
