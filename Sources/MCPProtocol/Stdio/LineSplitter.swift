// SPDX-License-Identifier: Apache-2.0

/// Cuts a byte stream into lines: the framing of MCP over stdio and over a Unix socket, one JSON document a line.
///
/// A line ends with a line feed; a carriage return before it and blank lines are passed over. A line beyond the limit is
/// not kept: it is told once, and reading goes on after its end. Memory is bounded by the limit. A last line without an
/// end is no message: its sender was cut off.
public struct LineSplitter: Sendable {
    /// What came out of the stream.
    public enum Frame: Sendable, Equatable {
        case line([UInt8])
        /// A line was longer than the limit; answer with `LineSplitter.tooLong`.
        case tooLong
    }

    /// The answer to a line that was too long.
    public static let tooLong: JSONValue = OutgoingMessage.error(
        ProtocolError(.parseError, "The line is too long."), to: nil)

    /// Bytes of a line without its end.
    public let limitBytes: Int
    private var held: [UInt8] = []
    private var isSkipping = false

    public init(limitBytes: Int = 1 << 20) { self.limitBytes = limitBytes }

    /// Bytes of the unfinished line.
    public var heldBytes: Int { held.count }

    /// Takes what was read, in pieces of any size, and gives back the lines that ended in it.
    public mutating func take(_ bytes: ArraySlice<UInt8>) -> [Frame] {
        var frames: [Frame] = []
        var rest = bytes
        while let end = rest.firstIndex(of: 0x0A) {
            keep(rest[rest.startIndex ..< end], &frames)
            if held.last == 0x0D { held.removeLast() }
            let isBlank = held.allSatisfy { $0 == 0x20 || $0 == 0x09 }
            if !isSkipping, !isBlank { frames.append(.line(held)) }
            held = []
            isSkipping = false
            rest = rest[(end + 1)...]
        }
        keep(rest, &frames)
        return frames
    }

    private mutating func keep(_ piece: ArraySlice<UInt8>, _ frames: inout [Frame]) {
        if isSkipping || piece.isEmpty { return }
        // One byte more than the limit may be the carriage return of a line's end.
        let length = held.count + piece.count
        if length > limitBytes, length > limitBytes + 1 || piece.last != 0x0D {
            held = []
            isSkipping = true
            frames.append(.tooLong)
        } else {
            held.append(contentsOf: piece)
        }
    }
}
