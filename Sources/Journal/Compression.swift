// SPDX-License-Identifier: Apache-2.0
import CCompression
import Foundation
import Glibc

/// zstd, with its contexts and output memory kept between calls. One of the two doors to unsafe code in this module.
///
/// Frames carry their content's length and a checksum. Belongs to one thread at a time.
@safe
struct Compressor: ~Copyable {
    private let context: OpaquePointer
    private var output: [UInt8] = []

    init(level: Int32) {
        guard let context = unsafe ZSTD_createCCtx() else { fatalError("out of memory for a zstd context") }
        unsafe self.context = unsafe context
        unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
        unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    }

    deinit { _ = unsafe ZSTD_freeCCtx(context) }

    /// One frame of `content`.
    mutating func compress(_ content: Span<UInt8>) -> Data {
        let bound = ZSTD_compressBound(content.count)
        if output.count < bound { output = [UInt8](repeating: 0, count: bound) }
        let length = unsafe content.withUnsafeBufferPointer { source in
            unsafe output.withUnsafeMutableBufferPointer { target in
                unsafe ZSTD_compress2(context, target.baseAddress, target.count, source.baseAddress, source.count)
            }
        }
        // With room for the bound only running out of memory is left.
        precondition(ZSTD_isError(length) == 0, "zstd could not compress")
        defer { if output.count > 4 << 20 { output = [] } }
        return Data(output[..<length])
    }
}

/// The other way. Belongs to one thread at a time.
@safe
struct Decompressor: ~Copyable {
    private let context: OpaquePointer

    init() {
        guard let context = unsafe ZSTD_createDCtx() else { fatalError("out of memory for a zstd context") }
        unsafe self.context = unsafe context
    }

    deinit { _ = unsafe ZSTD_freeDCtx(context) }

    /// The content of a frame that must hold exactly `length` bytes; nil when it is damaged or says otherwise.
    func decompress(_ frame: Span<UInt8>, length: Int) -> [UInt8]? {
        unsafe frame.withUnsafeBufferPointer { source in
            // Believed only when the row agrees, so that a damaged frame cannot ask for the machine's memory.
            guard unsafe ZSTD_getFrameContentSize(source.baseAddress, source.count) == UInt64(length) else {
                return nil
            }
            var damaged = false
            let content = unsafe [UInt8](unsafeUninitializedCapacity: length) { target, count in
                let written = unsafe ZSTD_decompressDCtx(
                    context, target.baseAddress, length, source.baseAddress, source.count)
                damaged = ZSTD_isError(written) != 0 || written != length
                count = damaged ? 0 : length
            }
            return damaged ? nil : content
        }
    }
}

/// The CRC-32 of gzip.
func checksum(_ bytes: Span<UInt8>) -> UInt32 {
    unsafe bytes.withUnsafeBufferPointer { UInt32(truncatingIfNeeded: unsafe crc32_z(0, $0.baseAddress, $0.count)) }
}

/// memcmp for spans.
func equalBytes(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
    guard left.count == right.count, left.count > 0 else { return left.count == right.count }
    return unsafe left.withUnsafeBufferPointer { left in
        unsafe right.withUnsafeBufferPointer { right in
            unsafe memcmp(left.baseAddress.unsafelyUnwrapped, right.baseAddress.unsafelyUnwrapped, left.count) == 0
        }
    }
}
