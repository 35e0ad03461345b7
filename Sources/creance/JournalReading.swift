// SPDX-License-Identifier: Apache-2.0
import AlertModel
import AlertSources
import Journal

/// The project's decoders, as the journal wants them: made for one call, used by one thread.
private final class Decoding: BlockDecoder {
    private let decoder = AlertDecoder()

    func decode(_ encoding: AlertEncoding, _ raw: Span<UInt8>, arrival: EventTime, into batch: inout AlertBatchBuilder)
    {
        decoder.decode(encoding, raw, arrival: arrival, into: &batch)
    }
}

/// Opens journals for the commands that read them.
enum JournalReading {
    /// - Throws: `CommandFailure.input` that says what to do when there is no journal yet.
    static func open(_ path: String) throws -> JournalReader {
        guard PathLook.kind(path) != nil else {
            let daemons = "/var/lib/creance/journal.db"
            let hint =
                path != daemons && PathLook.kind(daemons) != nil
                ? "there is one at \(daemons), which --journal \(daemons) reads"
                : "creance run makes it; for another one use --journal FILE, or -c FILE with the daemon's configuration"
            throw CommandFailure.input("there is no journal at \(path) yet (\(hint))")
        }
        return try JournalReader(path: path) { Decoding() }
    }
}
