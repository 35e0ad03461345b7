// SPDX-License-Identifier: Apache-2.0

/// The bytes that one client of the control socket has sent, cut into lines. Pure.
struct ControlConnection: Sendable {
    private var buffer: [UInt8] = []
    /// A line is longer than `ControlRequest.lineLimit`: nothing more is read.
    private(set) var isOverlong = false

    /// Takes what came; gives back the lines that are complete, without their line feeds. Empty lines count for nothing.
    mutating func receive(_ bytes: ArraySlice<UInt8>) -> [[UInt8]] {
        guard !isOverlong else { return [] }
        var lines: [[UInt8]] = []
        for byte in bytes {
            if byte == 10 {
                if !buffer.isEmpty { lines.append(buffer) }
                buffer.removeAll(keepingCapacity: true)
            } else if buffer.count < ControlRequest.lineLimit {
                buffer.append(byte)
            } else {
                isOverlong = true
                buffer = []
                return lines
            }
        }
        return lines
    }
}
