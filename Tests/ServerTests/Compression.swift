// SPDX-License-Identifier: Apache-2.0
import CCompression

enum WireForm: Int32 {
    case gzip = 31
    case zlib = 15
    case raw = -15
}

/// What a sender would send under `Content-Encoding`.
func compressed(_ bytes: [UInt8], _ form: WireForm) -> [UInt8] {
    var stream = unsafe z_stream()
    unsafe deflateInit2_(
        &stream, 6, Z_DEFLATED, form.rawValue, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    var input = bytes
    var output = [UInt8](repeating: 0, count: bytes.count + 1024)
    let length = unsafe input.withUnsafeMutableBufferPointer { input in
        unsafe output.withUnsafeMutableBufferPointer { output in
            unsafe stream.next_in = input.baseAddress
            unsafe stream.avail_in = UInt32(input.count)
            unsafe stream.next_out = output.baseAddress
            unsafe stream.avail_out = UInt32(output.count)
            unsafe deflate(&stream, Z_FINISH)
            return unsafe Int(stream.total_out)
        }
    }
    unsafe deflateEnd(&stream)
    return Array(output[..<length])
}
