// SPDX-License-Identifier: Apache-2.0

/// Frames of `text/event-stream` (the HTML standard, "Server-sent events").
///
/// Data is JSON as `JSONWriter` writes it: one line, without any of the bytes that some reader takes for a line's end.
public enum ServerSentEvents {
    /// The fields of a response that is a stream.
    public static let fields = [
        HTTPRefusal.Field("Content-Type", "text/event-stream"),
        // Proxies that pack or gather a stream hold it back.
        HTTPRefusal.Field("Cache-Control", "no-cache, no-transform"),
        HTTPRefusal.Field("X-Accel-Buffering", "no"),
    ]

    /// Tells everybody on the way that the stream lives.
    public static let comment: [UInt8] = Array(": still here\n\n".utf8)

    /// How often `comment` is sent while there is nothing else.
    public static let commentInterval: Duration = .seconds(15)

    /// One message. `id`: only where a stream can be resumed.
    public static func event(_ message: [UInt8], id: EventID? = nil) -> [UInt8] {
        var frame: [UInt8] = []
        frame.reserveCapacity(message.count + 64)
        if let id { frame.append(contentsOf: "id: \(id)\n".utf8) }
        frame.append(contentsOf: "event: message\ndata: ".utf8)
        frame.append(contentsOf: message)
        frame.append(contentsOf: "\n\n".utf8)
        return frame
    }

    /// An event without a message, which gives a client something to resume from (2025-11-25, "Sending Messages").
    public static func beginning(_ id: EventID) -> [UInt8] { Array("id: \(id)\ndata: \n\n".utf8) }

    /// The place of a message in a session: which stream, and how many came before it there.
    public struct EventID: Sendable, Hashable, CustomStringConvertible {
        public let stream: UInt64
        public let sequence: UInt64

        public init(stream: UInt64, sequence: UInt64) {
            self.stream = stream
            self.sequence = sequence
        }

        /// What a client sends back as `Last-Event-ID`; nil if it is none of ours.
        public init?(_ text: String) {
            let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
            guard parts.count == 2, let stream = Self.number(parts[0]), let sequence = Self.number(parts[1]) else {
                return nil
            }
            self.init(stream: stream, sequence: sequence)
        }

        private static func number(_ text: Substring.UTF8View) -> UInt64? {
            guard !text.isEmpty, text.count <= 19, text.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
            return text.reduce(0) { $0 * 10 + UInt64($1 - 0x30) }
        }

        public var description: String { "\(stream)-\(sequence)" }
    }
}
