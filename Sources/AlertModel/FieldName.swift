// SPDX-License-Identifier: Apache-2.0
import CAlertBatch

/// The name of an output field, looked up in Falco's list once: `proc.name`, `proc.aname[2]`, or any other name.
public struct FieldName: Hashable, Sendable {
    public let text: [UInt8]
    /// `calert_field_id`; 0 for a name that Falco's list does not have, and for one with an argument.
    public let id: UInt16
    /// What Falco's list says it holds (`calert_type`).
    public let type: UInt8

    public init(_ name: String) {
        var bytes = Array(name.utf8)
        var id: UInt16 = 0
        var type: UInt8 = 0
        unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            unsafe calert_classify_key(buffer.baseAddress, buffer.count, &id, &type)
        }
        text = bytes
        self.id = id
        self.type = type
    }

    public var name: String { String(decoding: text, as: UTF8.self) }
}
