// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// Reads a recorded file of alerts from its start to its end, batch after batch, with memory bounded by its longest unit.
///
/// A file that is damaged, or breaks off in the middle of an alert, gives what can be read and one reject with
/// `RejectReason.truncated`. One thread at a time.
public struct AlertFileReader: ~Copyable {
    /// The file's size when it was opened, packed.
    public let totalBytes: Int
    /// How much of `totalBytes` is read.
    public var readBytes: Int { min(input.fileOffset, totalBytes) }
    /// Unpacked bytes whose alerts were all handed out.
    var doneBytes: Int { decoder.doneBytes + skippedBytes }

    let status: FileStatus
    private let input: any ByteInput
    private var decoder: UnitDecoder
    private var skippedBytes = 0
    private var isAtEnd = false

    /// The form is told by the name unless it is given. A batch holds at most `unitLimit` alerts and rejects.
    public init(path: String, form: AlertFileForm? = nil, limitBytes: Int = 64 << 20, unitLimit: Int = 1024) throws {
        let form = form ?? AlertFileForm(path: path)
        let file = try OpenFile.open(path)
        let status = try file.status()
        let input = try Self.unpack(FileBytes(file), form.compression)
        self.init(input, status, UnitDecoder(form.units, limitBytes: limitBytes, unitLimit: unitLimit))
    }

    /// Reads standard input to its end; how much that will be is not known, so `totalBytes` is 0.
    public init(standardInput units: AlertFileForm.Units, limitBytes: Int = 64 << 20, unitLimit: Int = 1024) throws {
        let status = FileStatus(
            identity: FileIdentity(device: 0, inode: 0), size: 0, modified: EventTime(nanoseconds: 0))
        self.init(
            StandardInputBytes(), status, UnitDecoder(units, limitBytes: limitBytes, unitLimit: unitLimit))
    }

    private init(_ input: any ByteInput, _ status: FileStatus, _ decoder: consuming UnitDecoder) {
        self.input = input
        self.status = status
        self.decoder = decoder
        totalBytes = status.size
    }

    private static func unpack(_ bytes: FileBytes, _ compression: AlertFileForm.Compression) throws -> any ByteInput {
        switch compression {
        case .none: bytes
        case .gzip: try GzipInput(bytes)
        case .zstd: try ZstdInput(bytes)
        }
    }

    /// Passes over bytes whose alerts are known already. Before the first `fill`.
    mutating func skip(_ count: Int) throws {
        var left = count
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 64)
        defer { unsafe memory.deallocate() }
        while left > 0 {
            let room = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[..<min(left, memory.count)])
            let read = unsafe try input.read(into: room)
            guard read > 0 else { break }
            left -= read
        }
        skippedBytes = count - left
    }

    /// Adds what comes next to `batch`, until it is full or the file ends. False when nothing is left behind it.
    public mutating func fill(_ batch: inout AlertBatchBuilder, arrival: EventTime) throws -> Bool {
        while true {
            if decoder.decode(into: &batch, arrival: arrival) { return true }
            if isAtEnd || decoder.isBroken { return false }
            let input = input
            do {
                guard unsafe try decoder.append({ unsafe try input.read(into: $0) }) == 0 else { continue }
                decoder.finish(into: &batch, arrival: arrival)
            } catch is BrokenStream {
                decoder.finish(into: &batch, arrival: arrival, broke: true)
            }
            isAtEnd = true
        }
    }
}
