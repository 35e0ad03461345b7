// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel

/// Text from outside on its way to a terminal: no control or direction character of it gets through, and no line ends in it.
enum SafeText {
    static func visible(_ text: Span<UInt8>) -> String {
        var buffer = OutputBuffer()
        buffer.append(visible: text)
        return String(decoding: [UInt8](_span: buffer.bytes), as: UTF8.self)
    }

    static func visible(_ text: String) -> String { visible(text.utf8Span.span) }
}
