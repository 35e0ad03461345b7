// SPDX-License-Identifier: Apache-2.0
import CCompression

/// A zstd file (RFC 8878) unpacked: any number of frames one after another.
///
/// Memory is bounded by the window a frame asks for, at most 128 MiB (`zstd --long=27`); a larger one is refused.
@safe
final class ZstdInput: ByteInput {
    private var packed: PackedBytes
    private let context: OpaquePointer
    private var isBetween = true
    /// Unpacked bytes may still wait inside the context.
    private var mayHoldMore = false

    init(_ source: FileBytes) throws {
        packed = PackedBytes(source)
        guard let context = unsafe ZSTD_createDCtx() else { throw BrokenStream() }
        unsafe self.context = context
        unsafe _ = ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, 27)
    }

    deinit { unsafe _ = ZSTD_freeDCtx(context) }

    var fileOffset: Int { packed.fileOffset }

    func read(into room: UnsafeMutableRawBufferPointer) throws -> Int {
        while true {
            let input = unsafe try packed.unread()
            if unsafe input.isEmpty, !mayHoldMore {
                guard isBetween else { throw BrokenStream() }
                return 0
            }
            var source = unsafe ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
            var target = unsafe ZSTD_outBuffer(dst: room.baseAddress, size: room.count, pos: 0)
            let hint = unsafe ZSTD_decompressStream(context, &target, &source)
            guard ZSTD_isError(hint) == 0 else { throw BrokenStream() }
            packed.consume(unsafe source.pos)
            isBetween = hint == 0
            mayHoldMore = unsafe target.pos == target.size
            if unsafe target.pos > 0 { return unsafe target.pos }
        }
    }
}
