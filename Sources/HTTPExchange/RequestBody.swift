// SPDX-License-Identifier: Apache-2.0
import CCompression
import NIOCore

/// Makes the body of a request out of bytes in memory, as they are or packed with gzip. A door to unsafe code: zlib's
/// state, and the memory of NIO's buffers.
enum RequestBody {
    static func plain(_ bytes: Span<UInt8>) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: bytes.count)
        unsafe bytes.withUnsafeBytes { _ = unsafe buffer.writeBytes($0) }
        return buffer
    }

    /// gzip (RFC 1952) at zlib's fastest level: alerts shrink to a tenth at it already. Nil when zlib has no memory.
    static func packed(_ bytes: Span<UInt8>) -> ByteBuffer? {
        guard bytes.count < Int(UInt32.max) else { return nil }
        var stream = unsafe z_stream()
        // 15 bits of window, and 16 for gzip's frame instead of zlib's.
        let made = unsafe deflateInit2_(
            &stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard made == Z_OK else { return nil }
        defer { unsafe deflateEnd(&stream) }
        // Enough for the whole at once: one call, no loop.
        let bound = unsafe Int(deflateBound(&stream, UInt(bytes.count)))
        var buffer = ByteBufferAllocator().buffer(capacity: bound)
        var isWhole = false
        unsafe bytes.withUnsafeBufferPointer { input in
            _ = unsafe buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { room in
                unsafe stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                unsafe stream.avail_in = UInt32(input.count)
                unsafe stream.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
                let size = UInt32(clamping: room.count)
                unsafe stream.avail_out = size
                isWhole = unsafe deflate(&stream, Z_FINISH) == Z_STREAM_END
                return unsafe Int(size - stream.avail_out)
            }
        }
        return isWhole ? buffer : nil
    }
}
