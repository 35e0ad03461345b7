// SPDX-License-Identifier: Apache-2.0
import AlertModel
import AlertSources

/// One file of a replay and its next alert.
final class ReplayInput {
    private var reader: AlertFileReader
    private var batch: AlertBatch?
    private var index = 0
    private var hasMore = true
    private(set) var rejects = 0
    private(set) var isAtEnd = false

    /// `path`: `-` for JSON lines on standard input.
    init(path: String) throws {
        reader = path == "-" ? try AlertFileReader(standardInput: .lines) : try AlertFileReader(path: path)
    }

    var totalBytes: Int { reader.totalBytes }
    var readBytes: Int { reader.readBytes }

    /// Makes the next alert the head. To be called once at first and after every `take`.
    func advance() throws {
        while batch == nil || index >= (batch?.count ?? 0) {
            guard hasMore else {
                isAtEnd = true
                return
            }
            var builder = AlertBatchBuilder(byteCapacity: 256 << 10, recordCapacity: 1024)
            hasMore = try reader.fill(&builder, arrival: EventTime(nanoseconds: 0))
            let filled = builder.seal()
            rejects += filled.rejectCount
            batch = filled
            index = 0
        }
    }

    /// The head's own time; without one, the time it would get.
    func time(_ clock: ReplayClock) -> EventTime {
        guard let batch else { return EventTime(nanoseconds: .max) }
        let alert = batch.alert(at: index)
        return alert.isTimeFromArrival ? clock.arrival(of: alert) : alert.eventTime
    }

    func arrival(_ clock: ReplayClock) -> EventTime {
        guard let batch else { return EventTime(nanoseconds: .max) }
        return clock.arrival(of: batch.alert(at: index))
    }

    /// Moves the head into `builder`; false when that is at its limit.
    func take(into builder: inout AlertBatchBuilder, _ clock: inout ReplayClock) -> Bool {
        guard let batch, builder.append(index, of: batch, clock: &clock) else { return false }
        index += 1
        return true
    }
}
