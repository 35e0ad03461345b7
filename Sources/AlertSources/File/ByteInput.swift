// SPDX-License-Identifier: Apache-2.0

/// A file's content as a stream of bytes, unpacked.
protocol ByteInput: AnyObject {
    /// Fills some of `room`, which is not empty, and says how much; 0 at the end.
    func read(into room: UnsafeMutableRawBufferPointer) throws -> Int
    /// Bytes of the file itself that were read so far.
    var fileOffset: Int { get }
}

/// The stream cannot be read on, though the file may go on: packed data that is damaged or breaks off.
struct BrokenStream: Error {}

/// The bytes of a file, from a place on.
final class FileBytes: ByteInput {
    private let file: OpenFile
    private(set) var fileOffset: Int

    init(_ file: consuming OpenFile, at offset: Int = 0) {
        self.file = file
        fileOffset = offset
    }

    func read(into room: UnsafeMutableRawBufferPointer) throws -> Int {
        let count = unsafe try file.read(into: room, at: fileOffset)
        fileOffset += count
        return count
    }
}

/// The bytes of standard input, as they come.
final class StandardInputBytes: ByteInput {
    private let pipe = OpenPipe(descriptor: 0)
    private(set) var fileOffset = 0

    func read(into room: UnsafeMutableRawBufferPointer) throws -> Int {
        while true {
            switch unsafe try pipe.read(into: room) {
            case .bytes(let count):
                fileOffset += count
                return count
            case .end: return 0
            case .none: _ = pipe.isReadable(milliseconds: -1)
            }
        }
    }
}

/// Packed bytes on their way into an unpacker.
@safe
struct PackedBytes: ~Copyable {
    private let source: FileBytes
    private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 128 << 10, alignment: 64)
    private var place = 0
    private var end = 0

    init(_ source: FileBytes) { self.source = source }
    deinit { unsafe memory.deallocate() }

    var fileOffset: Int { source.fileOffset - (end - place) }

    /// What is unread, read from the file when there is nothing; empty at its end.
    mutating func unread() throws -> UnsafeRawBufferPointer {
        if place == end { (place, end) = (0, unsafe try source.read(into: memory)) }
        return unsafe UnsafeRawBufferPointer(rebasing: memory[place ..< end])
    }

    mutating func consume(_ count: Int) {
        precondition(count >= 0 && count <= end - place)
        place += count
    }
}
