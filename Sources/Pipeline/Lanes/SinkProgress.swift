// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// What a sink's lane has to be stored, on its way into one transaction of the journal's.
struct SinkProgress: Sendable {
    var cursor: SinkCursor
    /// What was refused for good since what was stored last: with the cursor that passes it.
    var refused: [RefusedOutput] = []
    /// Dead letters, by number, whose records arrived after all.
    var replayed: [Int64] = []
    /// Rises; `SinkLane.storedSerial` says how far it is stored.
    var serial = 0

    /// What comes later goes with what could not be stored yet.
    mutating func add(_ later: SinkProgress) {
        cursor = later.cursor
        refused += later.refused
        replayed += later.replayed
        serial = later.serial
    }
}
