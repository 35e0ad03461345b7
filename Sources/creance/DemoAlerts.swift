// SPDX-License-Identifier: Apache-2.0
import AlertGenerator
import Foundation

/// What a demonstration plays, over and over: `falco.outputs.response` messages.
struct DemoAlerts {
    /// In words, for the first line.
    let origin: String
    private let messages: [[UInt8]]

    /// Looked for when nothing is named, from the folder the command is started in.
    static let places = ["../shared/samples/both.pb", "Tests/Samples/both.pb", "/usr/share/creance/samples/both.pb"]

    /// Recorded alerts keep their times; made-up ones begin now, so that whoever asks about the last hour finds them.
    /// - Parameter rate: alerts a second, by which the times of made-up ones go on.
    init(recording: String?, rate: Double) throws {
        if let path = recording ?? Self.places.first(where: { FileManager.default.fileExists(atPath: $0) }) {
            guard FileManager.default.isReadableFile(atPath: path) else {
                throw CommandFailure.input("\(path) cannot be read")
            }
            guard let bytes = FileManager.default.contents(atPath: path), let messages = Self.split([UInt8](bytes)),
                !messages.isEmpty
            else {
                throw CommandFailure.input("\(path) is not a file of length-delimited falco.outputs.response messages")
            }
            self.messages = messages
            origin = "\(messages.count) alerts recorded from a real Falco 0.43.1 (\(path))"
        } else {
            var settings = GeneratorSettings()
            settings.count = 5_000
            settings.attackEvery = 1_000
            settings.rate = min(max(rate, 1), 10_000)
            settings.start = Int64(Date().timeIntervalSince1970) * 1_000_000_000
            messages = AlertStream(settings).map { alert in
                var bytes: [UInt8] = []
                alert.appendProtobuf(to: &bytes, delimited: false)
                return bytes
            }
            origin = "\(messages.count) made-up alerts"
        }
    }

    /// Never ends: after the last comes the first again.
    struct Iterator {
        fileprivate let messages: [[UInt8]]
        private var index = 0

        fileprivate init(_ messages: [[UInt8]]) { self.messages = messages }

        mutating func next() -> [UInt8] {
            defer { index = (index + 1) % messages.count }
            return messages[index]
        }
    }

    func makeIterator() -> Iterator { Iterator(messages) }

    /// The messages of a varint-length-delimited file; nil when it is none.
    private static func split(_ bytes: [UInt8]) -> [[UInt8]]? {
        var messages: [[UInt8]] = []
        var place = 0
        while place < bytes.count {
            var length = 0
            var shift = 0
            repeat {
                guard place < bytes.count, shift < 35 else { return nil }
                length |= Int(bytes[place] & 0x7f) << shift
                shift += 7
                place += 1
            } while bytes[place - 1] >= 0x80
            guard length <= bytes.count - place else { return nil }
            messages.append(Array(bytes[place ..< place + length]))
            place += length
        }
        return messages
    }
}
