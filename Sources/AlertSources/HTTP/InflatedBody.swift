// SPDX-License-Identifier: Apache-2.0
public import AlertModel
import CCompression

/// A compressed HTTP body, decompressed with a limit on what comes out. Through zlib.
public struct InflatedBody: Sendable {
    public enum Form: Sendable {
        /// RFC 1952; any number of members one after another.
        case gzip
        /// RFC 1950; the raw form (RFC 1951), which some senders call deflate too, is recognised.
        case deflate
    }

    /// What came out, at most the limit; what came before the fault when there is one.
    public let bytes: [UInt8]
    /// Why the body cannot be read; nil when it can.
    public let fault: RejectReason?

    /// Memory grows with what comes out: a bomb costs at most `limitBytes` and the last doubling.
    public init(_ compressed: some Collection<UInt8>, form: Form, limitBytes: Int) {
        let result = compressed.withContiguousStorageIfAvailable { unsafe Self.inflate($0, form, limitBytes) }
        self = unsafe result ?? Array(compressed).withUnsafeBufferPointer { unsafe Self.inflate($0, form, limitBytes) }
    }

    private init(bytes: [UInt8], fault: RejectReason?) {
        self.bytes = bytes
        self.fault = fault
    }

    private static func inflate(_ input: UnsafeBufferPointer<UInt8>, _ form: Form, _ limit: Int) -> InflatedBody {
        var stream = unsafe z_stream()
        guard
            unsafe inflateInit2_(&stream, windowBits(form, input), ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
                == Z_OK
        else { return InflatedBody(bytes: [], fault: .unreadableBody) }
        defer { unsafe _ = inflateEnd(&stream) }
        // zlib does not write to its input.
        unsafe stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        unsafe stream.avail_in = UInt32(clamping: input.count)
        var output: [UInt8] = []
        while output.count <= limit {
            let status = unsafe step(&stream, into: &output, limit: limit)
            if status == Z_STREAM_END {
                // Zeros behind the last member are padding.
                while unsafe stream.avail_in > 0, unsafe stream.next_in.pointee == 0 {
                    unsafe stream.next_in += 1
                    unsafe stream.avail_in -= 1
                }
                if unsafe stream.avail_in == 0 { break }
                guard form == .gzip, unsafe inflateReset(&stream) == Z_OK else {
                    return InflatedBody(bytes: output, fault: .unreadableBody)
                }
            } else if unsafe status == Z_BUF_ERROR || (status == Z_OK && stream.avail_in == 0 && stream.avail_out > 0) {
                return InflatedBody(bytes: output, fault: .truncated)
            } else if status != Z_OK {
                return InflatedBody(bytes: output, fault: .unreadableBody)
            }
        }
        guard output.count <= limit else {
            output.removeLast(output.count - limit)
            return InflatedBody(bytes: output, fault: .tooLarge)
        }
        return InflatedBody(bytes: output, fault: nil)
    }

    /// One call of zlib's into room as large as what came out so far, but not further than one byte beyond the limit:
    /// that byte tells "too large" from "just fits".
    private static func step(_ stream: inout z_stream, into output: inout [UInt8], limit: Int) -> Int32 {
        let room = min(max(output.count, 16 << 10), limit - output.count + 1)
        var status = Z_OK
        let chunk = unsafe [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
            let room = UInt32(clamping: buffer.count)
            unsafe stream.next_out = buffer.baseAddress
            unsafe stream.avail_out = room
            status = unsafe CCompression.inflate(&stream, Z_NO_FLUSH)
            count = unsafe Int(room - stream.avail_out)
        }
        output += chunk
        return status
    }

    private static func windowBits(_ form: Form, _ input: UnsafeBufferPointer<UInt8>) -> Int32 {
        guard form == .deflate else { return 15 + 16 }
        // zlib's own header: method 8, and the check bits of RFC 1950.
        guard input.count >= 2, unsafe input[0] & 0x0f == 8, unsafe (Int(input[0]) << 8 | Int(input[1])) % 31 == 0
        else { return -15 }
        return 15
    }
}
