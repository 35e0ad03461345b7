// SPDX-License-Identifier: Apache-2.0
import CCompression

/// A gzip file (RFC 1952) unpacked: any number of members one after another, zeros behind the last one allowed.
@safe
final class GzipInput: ByteInput {
    private var packed: PackedBytes
    private var stream = unsafe z_stream()
    /// Between two members, or before the first.
    private var isBetween = true
    private var hasMember = false

    init(_ source: FileBytes) throws {
        packed = PackedBytes(source)
        let windowBits: Int32 = 15 + 16  // gzip's header only
        guard unsafe inflateInit2_(&stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw BrokenStream()
        }
    }

    deinit { unsafe _ = inflateEnd(&stream) }

    var fileOffset: Int { packed.fileOffset }

    func read(into room: UnsafeMutableRawBufferPointer) throws -> Int {
        while true {
            let input = unsafe try packed.unread()
            if unsafe input.isEmpty {
                guard isBetween else { throw BrokenStream() }
                return 0
            }
            if isBetween, hasMember, unsafe input[0] == 0 {
                packed.consume(1)
                continue
            }
            isBetween = false
            let (produced, status) = unsafe inflate(input, into: room)
            switch status {
            case Z_STREAM_END:
                isBetween = true
                hasMember = true
                guard unsafe inflateReset(&stream) == Z_OK else { throw BrokenStream() }
            case Z_OK, Z_BUF_ERROR:
                break
            default:
                if produced == 0 { throw BrokenStream() }
            }
            if produced > 0 { return produced }
        }
    }

    private func inflate(_ input: UnsafeRawBufferPointer, into room: UnsafeMutableRawBufferPointer) -> (Int, Int32) {
        let offered = UInt32(clamping: input.count)
        let space = UInt32(clamping: room.count)
        // zlib does not write to its input.
        unsafe stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress!.assumingMemoryBound(to: UInt8.self))
        unsafe stream.avail_in = offered
        unsafe stream.next_out = room.baseAddress!.assumingMemoryBound(to: UInt8.self)
        unsafe stream.avail_out = space
        let status = unsafe CCompression.inflate(&stream, Z_NO_FLUSH)
        packed.consume(unsafe Int(offered - stream.avail_in))
        return unsafe (Int(space - stream.avail_out), status)
    }
}
