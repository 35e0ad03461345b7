// SPDX-License-Identifier: Apache-2.0
import Pipeline
import Server

/// The pipeline's live stream, as the server shows it.
struct ServedStream: AlertStreaming {
    let stream: LiveStream

    func open(query: String, lastEventID: String?) throws(StreamRefusal) -> any AlertStreamReading {
        do throws(LiveStream.Refusal) {
            return Reading(reader: try stream.open(query: query, lastEventID: lastEventID))
        } catch {
            switch error {
            case .wrong(let sentence): throw .wrong(sentence)
            case .full: throw .full
            case .closed: throw .closed
            }
        }
    }

    func endAll() { stream.end() }

    private struct Reading: AlertStreamReading {
        let reader: LiveReader

        func read() async -> [UInt8]? { await reader.read() }
        func end() { reader.end() }
    }
}
