// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel
import CFalcoOutputs

/// Writes an alert that came as JSON, or a record of the engine's own, the way Falco's gRPC would have sent it. Memory is used again from alert to alert.
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
        removeAll()
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
        var parts = unsafe cfalco_parts()
        unsafe parts.time = alert.eventTime.nanoseconds
        unsafe parts.priority = alert.priority.rawValue
        unsafe parts.rule = Self.text(alert.rule)
        unsafe parts.output = Self.text(alert.output)
        unsafe parts.source = Self.text(alert.source)
        unsafe parts.hostname = Self.text(alert.hostname)
        unsafe publish(&parts, to: server)
    }

    /// A record of the engine's own, as an alert of source `creance`.
    mutating func publish(_ alert: RecordAlert, to server: FalcoOutputsServer) {
        removeAll()
        // All texts one behind the other, so that nothing moves while they are pointed at.
        var texts: [UInt8] = []
        var ends: [Int] = []
        let fields = alert.fields.filter { $0.name != "evt.time" }
        let parts =
            [alert.rule, alert.output, "creance", alert.hostname] + alert.tags
            + fields.flatMap { [$0.name, $0.value.text] }
        for part in parts {
            texts += part.utf8
            ends.append(texts.count)
        }
        unsafe texts.withUnsafeBufferPointer { bytes in
            func piece(_ index: Int) -> cfalco_text {
                let start = index == 0 ? 0 : ends[index - 1]
                return unsafe cfalco_text(
                    bytes: bytes.baseAddress.map { unsafe $0 + start }, length: ends[index] - start)
            }
            for index in alert.tags.indices { unsafe tags.append(piece(4 + index)) }
            for index in fields.indices {
                unsafe keys.append(piece(4 + alert.tags.count + 2 * index))
                unsafe values.append(piece(5 + alert.tags.count + 2 * index))
            }
            var parts = unsafe cfalco_parts()
            unsafe parts.time = alert.time.nanoseconds
            unsafe parts.priority = alert.priority.rawValue
            unsafe parts.rule = piece(0)
            unsafe parts.output = piece(1)
            unsafe parts.source = piece(2)
            unsafe parts.hostname = piece(3)
            unsafe publish(&parts, to: server)
        }
    }

    private mutating func removeAll() {
        unsafe tags.removeAll(keepingCapacity: true)
        unsafe keys.removeAll(keepingCapacity: true)
        unsafe values.removeAll(keepingCapacity: true)
        unsafe buffer.count = 0
    }

    /// Adds the lists to `parts`, encodes them and hands them over. Their texts outlive the call.
    private mutating func publish(_ parts: inout cfalco_parts, to server: FalcoOutputsServer) {
        let encoded = unsafe tags.withUnsafeBufferPointer { tags in
            unsafe keys.withUnsafeBufferPointer { keys in
                unsafe values.withUnsafeBufferPointer { values in
                    unsafe parts.tags = tags.baseAddress
                    unsafe parts.tag_count = tags.count
                    unsafe parts.keys = keys.baseAddress
                    unsafe parts.values = values.baseAddress
                    unsafe parts.field_count = keys.count
                    return unsafe cfalco_encode_response(&buffer, &parts)
                }
            }
        }
        if encoded { server.publish(unsafe Span(_unsafeStart: buffer.bytes, count: buffer.count)) }
    }

    private static func text(_ span: Span<UInt8>) -> cfalco_text {
        unsafe span.withUnsafeBufferPointer { unsafe cfalco_text(bytes: $0.baseAddress, length: $0.count) }
    }
}
