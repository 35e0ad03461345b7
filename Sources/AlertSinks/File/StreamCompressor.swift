// SPDX-License-Identifier: Apache-2.0
import CCompression

/// How a file is compressed, by the end of its name.
public enum StreamCompression: Sendable {
    case gzip, zstd

    public init?(ofPath path: String) {
        if path.hasSuffix(".gz") {
            self = .gzip
        } else if path.hasSuffix(".zst") {
            self = .zstd
        } else {
            return nil
        }
    }
}

/// Compresses a stream piece by piece. A door to unsafe code: it owns the libraries' contexts.
///
/// The same pieces give the same bytes: gzip's header holds no time. One thread at a time.
@safe
public final class StreamCompressor {
    @safe private enum Context {
        case gzip(UnsafeMutablePointer<z_stream>)
        case zstd(OpaquePointer)
    }

    private let context: Context
    private var room = [UInt8](repeating: 0, count: 256 << 10)

    public init(_ compression: StreamCompression) {
        switch compression {
        case .gzip:
            let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
            unsafe stream.initialize(to: z_stream())
            // 15 bits of window, and 16 for gzip's frame instead of zlib's.
            let result = unsafe deflateInit2_(
                stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
            guard result == Z_OK else { fatalError("out of memory for a gzip context") }
            unsafe context = .gzip(stream)
        case .zstd:
            guard let created = unsafe ZSTD_createCCtx() else { fatalError("out of memory for a zstd context") }
            unsafe ZSTD_CCtx_setParameter(created, ZSTD_c_checksumFlag, 1)
            unsafe context = .zstd(created)
        }
    }

    deinit {
        switch context {
        case .gzip(let stream):
            unsafe deflateEnd(stream)
            unsafe stream.deallocate()
        case .zstd(let context): _ = unsafe ZSTD_freeCCtx(context)
        }
    }

    /// Takes the whole piece and returns what is ready; with `isLast`, the end of the stream, too.
    public func compress(_ piece: Span<UInt8>, isLast: Bool) -> [UInt8] {
        let context = self.context
        var ready: [UInt8] = []
        unsafe piece.withUnsafeBufferPointer { piece in
            unsafe room.withUnsafeMutableBufferPointer { room in
                switch context {
                case .gzip(let stream): unsafe Self.gzip(stream, piece, isLast, room, &ready)
                case .zstd(let context): unsafe Self.compress(context, piece, isLast, room, &ready)
                }
            }
        }
        return ready
    }

    private static func gzip(
        _ stream: UnsafeMutablePointer<z_stream>, _ piece: UnsafeBufferPointer<UInt8>, _ isLast: Bool,
        _ room: UnsafeMutableBufferPointer<UInt8>, _ ready: inout [UInt8]
    ) {
        unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: piece.baseAddress)
        unsafe stream.pointee.avail_in = UInt32(piece.count)
        repeat {
            unsafe stream.pointee.next_out = room.baseAddress
            unsafe stream.pointee.avail_out = UInt32(room.count)
            let result = unsafe deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
            precondition(result != Z_STREAM_ERROR, "zlib's state is damaged")
            unsafe ready += room[..<(room.count - Int(stream.pointee.avail_out))]
        } while unsafe stream.pointee.avail_out == 0
    }

    private static func compress(
        _ context: OpaquePointer, _ piece: UnsafeBufferPointer<UInt8>, _ isLast: Bool,
        _ room: UnsafeMutableBufferPointer<UInt8>, _ ready: inout [UInt8]
    ) {
        var input = unsafe ZSTD_inBuffer(src: piece.baseAddress, size: piece.count, pos: 0)
        var left = 0
        repeat {
            var output = unsafe ZSTD_outBuffer(dst: room.baseAddress, size: room.count, pos: 0)
            left = unsafe ZSTD_compressStream2(context, &output, &input, isLast ? ZSTD_e_end : ZSTD_e_continue)
            precondition(ZSTD_isError(left) == 0, "zstd's state is damaged")
            unsafe ready += room[..<output.pos]
        } while unsafe input.pos < input.size || (isLast && left > 0)
    }
}
