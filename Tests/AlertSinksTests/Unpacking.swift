// SPDX-License-Identifier: Apache-2.0
import CCompression

/// What a packed file holds, by the libraries' own way of reading whole buffers.
enum Unpacking {
    static let limitBytes = 8 << 20

    static func zstd(_ packed: [UInt8]) -> [UInt8]? {
        var room = [UInt8](repeating: 0, count: limitBytes)
        let length = unsafe ZSTD_decompress(&room, room.count, packed, packed.count)
        return ZSTD_isError(length) == 0 ? Array(room[..<length]) : nil
    }

    static func gzip(_ packed: [UInt8]) -> [UInt8]? {
        var room = [UInt8](repeating: 0, count: limitBytes)
        var packed = packed
        var stream = unsafe z_stream()
        let capacity = UInt32(room.count)
        let result = unsafe packed.withUnsafeMutableBufferPointer { input in
            unsafe room.withUnsafeMutableBufferPointer { output in
                unsafe stream.next_in = input.baseAddress
                unsafe stream.avail_in = UInt32(input.count)
                unsafe stream.next_out = output.baseAddress
                unsafe stream.avail_out = capacity
                guard unsafe inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
                else { return Z_ERRNO }
                defer { unsafe inflateEnd(&stream) }
                return unsafe inflate(&stream, Z_FINISH)
            }
        }
        return unsafe result == Z_STREAM_END ? Array(room[..<Int(stream.total_out)]) : nil
    }
}
