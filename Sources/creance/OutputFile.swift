// SPDX-License-Identifier: Apache-2.0
import AlertSinks

/// A file that a command writes from its beginning, or standard output for `-`. What ends in `.gz` or `.zst` is
/// compressed on the way.
struct OutputFile {
    private let descriptor: Descriptor
    private let isStandardOutput: Bool
    private let packing: StreamCompressor?

    init(_ path: String) throws {
        isStandardOutput = path == "-"
        descriptor = isStandardOutput ? .standardOutput : try Descriptor.creating(path)
        packing = StreamCompression(ofPath: path).map(StreamCompressor.init)
    }

    mutating func write(_ bytes: [UInt8]) throws {
        guard !bytes.isEmpty else { return }
        try descriptor.write(packing?.compress(bytes.span, isLast: false) ?? bytes)
    }

    /// The end of the content: what is still being compressed is written. To be called once.
    mutating func close() throws {
        if let packing {
            let none: [UInt8] = []
            try descriptor.write(packing.compress(none.span, isLast: true))
        }
        if !isStandardOutput { try descriptor.close() }
    }
}
