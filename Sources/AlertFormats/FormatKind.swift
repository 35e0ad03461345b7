// SPDX-License-Identifier: Apache-2.0

/// The formats there are: what a configuration's `format` and a command's `--format` choose from.
public enum FormatKind: String, CaseIterable, Sendable {
    /// Falco's own JSON.
    case falco
    /// This project's JSON, with a schema.
    case creance
    /// Elastic Common Schema 9.
    case ecs
    /// OCSF 1.8.0, Detection Finding.
    case ocsf
    /// ArcSight's Common Event Format.
    case cef
    /// QRadar's Log Event Extended Format.
    case leef
    /// OpenTelemetry logs in JSON.
    case otlp
    /// A line for people.
    case text

    /// Those that are one JSON object in a line.
    public static let json: [FormatKind] = [.falco, .creance, .ecs, .ocsf, .otlp]

    /// Those whose lines machines read and that say everything a record says: what a file may hold.
    public static let lines = allCases.filter { $0 != .text }

    /// Formats that later versions have, so that the message for them says so.
    public static let later: [String] = []

    /// `colours`: ANSI colours, which only `text` has.
    public func format(colours: Bool = false) -> any AlertFormat {
        switch self {
        case .falco: FalcoFormat()
        case .creance: CreanceFormat()
        case .ecs: ECSFormat()
        case .ocsf: OCSFFormat()
        case .cef: CEFFormat()
        case .leef: LEEFFormat()
        case .otlp: OTLPFormat()
        case .text: TextFormat(colours: colours)
        }
    }
}
