// SPDX-License-Identifier: Apache-2.0
import AlertFormats

/// Bytes from outside as text that a person can look at: `OutputBuffer.append(visible:)` as a value.
struct VisibleBytes {
    let text: String

    init(_ bytes: some Collection<UInt8>) {
        var buffer = OutputBuffer(capacity: 4 * bytes.count + 64)
        let copy = [UInt8](bytes)
        buffer.append(visible: copy.span)
        text = String(decoding: [UInt8](copying: buffer.bytes), as: UTF8.self)
    }
}

extension [UInt8] {
    /// Without unsafe code: for texts of a few hundred bytes.
    init(copying span: Span<UInt8>) {
        self.init()
        reserveCapacity(span.count)
        for index in span.indices { append(span[index]) }
    }
}
