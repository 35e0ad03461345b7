// SPDX-License-Identifier: Apache-2.0
import CFalcoOutputs

extension GeneratedAlert {
    /// Appends the alert as one `falco.outputs.response`, with its length in front when `delimited`.
    public func appendProtobuf(to bytes: inout [UInt8], delimited: Bool) {
        var arena = TextArena()
        let rule = arena.put(rule)
        let output = arena.put(line)
        let source = arena.put(source)
        let hostname = arena.put(hostname)
        let tagRanges = tags.map { arena.put($0) }
        let keyRanges = fields.map { arena.put($0.name) }
        let valueRanges = fields.map { arena.put($0.value.printed) }
        var buffer = unsafe cfalco_buffer()
        defer { unsafe cfalco_buffer_free(&buffer) }
        unsafe arena.bytes.withUnsafeBufferPointer { base in
            func text(_ range: Range<Int>) -> cfalco_text {
                unsafe cfalco_text(bytes: base.baseAddress.map { unsafe $0 + range.lowerBound }, length: range.count)
            }
            let tagTexts = unsafe tagRanges.map { unsafe text($0) }
            let keys = unsafe keyRanges.map { unsafe text($0) }
            let values = unsafe valueRanges.map { unsafe text($0) }
            unsafe tagTexts.withUnsafeBufferPointer { tagTexts in
                unsafe keys.withUnsafeBufferPointer { keys in
                    unsafe values.withUnsafeBufferPointer { values in
                        var parts = unsafe cfalco_parts()
                        unsafe parts.time = time
                        unsafe parts.priority = priority
                        unsafe parts.rule = text(rule)
                        unsafe parts.output = text(output)
                        unsafe parts.source = text(source)
                        unsafe parts.hostname = text(hostname)
                        unsafe parts.tags = tagTexts.baseAddress
                        unsafe parts.tag_count = tagTexts.count
                        unsafe parts.keys = keys.baseAddress
                        unsafe parts.values = values.baseAddress
                        unsafe parts.field_count = keys.count
                        let encoded =
                            unsafe delimited
                            ? cfalco_encode_delimited_response(&buffer, &parts)
                            : cfalco_encode_response(&buffer, &parts)
                        precondition(encoded, "a generated alert is far below the encoder's limit")
                    }
                }
            }
        }
        unsafe bytes += UnsafeBufferPointer(start: buffer.bytes, count: buffer.count)
    }
}

/// Texts laid end to end, so that C sees them at stable addresses for the time of one call.
private struct TextArena {
    private(set) var bytes: [UInt8] = []

    mutating func put(_ text: String) -> Range<Int> {
        let start = bytes.count
        bytes += text.utf8
        return start ..< bytes.count
    }
}
