// SPDX-License-Identifier: Apache-2.0
import AlertModel
import CFalcoOutputs

/// Writes an alert that came as JSON the way Falco's gRPC would have sent it. Memory is used again from alert to alert.
@safe
struct ResponseEncoder: ~Copyable {
    private var buffer = unsafe cfalco_buffer()
    private var tags: [cfalco_text] = unsafe []
    private var keys: [cfalco_text] = unsafe []
    private var values: [cfalco_text] = unsafe []
    private static let notAvailable = Array("<NA>".utf8)

    deinit {
        var buffer = unsafe buffer
        unsafe cfalco_buffer_free(&buffer)
    }

    mutating func publish(_ alert: AlertView, to server: FalcoOutputsServer) {
        unsafe tags.removeAll(keepingCapacity: true)
        unsafe keys.removeAll(keepingCapacity: true)
        unsafe values.removeAll(keepingCapacity: true)
        unsafe buffer.count = 0
        // Every text lies in the alert's batch or in a static array: both outlive this call.
        for index in 0 ..< alert.tagCount { unsafe tags.append(Self.text(alert.tag(at: index))) }
        let missing = unsafe Self.text(Self.notAvailable.span)
        for index in 0 ..< alert.fieldCount {
            let field = alert.field(at: index)
            // Falco's map has no evt.time unless a rule names it; subscribers take it from `time`.
            if field.key.equals("evt.time") { continue }
            unsafe keys.append(Self.text(field.key))
            unsafe values.append(field.kind == .null ? missing : Self.text(field.text))
        }
        guard encode(alert) else { return }
        server.publish(unsafe Span(_unsafeStart: buffer.bytes, count: buffer.count))
    }

    private mutating func encode(_ alert: AlertView) -> Bool {
        unsafe tags.withUnsafeBufferPointer { tags in
            unsafe keys.withUnsafeBufferPointer { keys in
                unsafe values.withUnsafeBufferPointer { values in
                    var parts = unsafe cfalco_parts()
                    unsafe parts.time = alert.eventTime.nanoseconds
                    unsafe parts.priority = alert.priority.rawValue
                    unsafe parts.rule = Self.text(alert.rule)
                    unsafe parts.output = Self.text(alert.output)
                    unsafe parts.source = Self.text(alert.source)
                    unsafe parts.hostname = Self.text(alert.hostname)
                    unsafe parts.tags = tags.baseAddress
                    unsafe parts.tag_count = tags.count
                    unsafe parts.keys = keys.baseAddress
                    unsafe parts.values = values.baseAddress
                    unsafe parts.field_count = keys.count
                    return unsafe cfalco_encode_response(&buffer, &parts)
                }
            }
        }
    }

    private static func text(_ span: Span<UInt8>) -> cfalco_text {
        unsafe span.withUnsafeBufferPointer { unsafe cfalco_text(bytes: $0.baseAddress, length: $0.count) }
    }
}
