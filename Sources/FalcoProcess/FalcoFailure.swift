// SPDX-License-Identifier: Apache-2.0

/// Why a run of Falco came to nothing.
public enum FalcoFailure: Error, Sendable, Equatable {
    /// The executable is not there, may not be run, or is none; with the system's reason.
    case notStarted(String)
    /// It ran for longer than it may; it was ended.
    case tookTooLong(Duration)
    /// It wrote more than it may; it was ended.
    case wroteTooMuch(limitBytes: Int)
    /// A signal that was not ours ended it.
    case crashed(signal: Int)
    /// The caller did not want it any more; it was ended.
    case cancelled
    /// Its pipes or files could not be made or read, with the system's reason.
    case failed(String)

    /// For people and models: what happened, in constant words and numbers.
    public var sentence: String {
        switch self {
        case .notStarted(let reason): "falco could not be started: \(reason)"
        case .tookTooLong(let limit):
            "falco did not end within \(limit.components.seconds) s and was stopped (falco.time_limit)"
        case .wroteTooMuch(let limit):
            "falco wrote more than \(limit) bytes and was stopped (falco.output_limit)"
        case .crashed(let signal): "falco was ended by signal \(signal)"
        case .cancelled: "cancelled; falco was stopped"
        case .failed(let reason): "falco could not be run: \(reason)"
        }
    }
}
