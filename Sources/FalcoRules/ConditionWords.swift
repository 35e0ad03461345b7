// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// Values that alerts have without a text of their own.
enum ConditionWords {
    static var alert: Span<UInt8> { @_lifetime(immortal) get { span("alert") } }

    @_lifetime(immortal)
    static func name(of priority: Priority) -> Span<UInt8> {
        switch priority {
        case .emergency: span("Emergency")
        case .alert: span("Alert")
        case .critical: span("Critical")
        case .error: span("Error")
        case .warning: span("Warning")
        case .notice: span("Notice")
        case .informational: span("Informational")
        case .debug: span("Debug")
        }
    }

    @_lifetime(immortal)
    private static func span(_ text: StaticString) -> Span<UInt8> {
        let span = unsafe Span(_unsafeStart: text.utf8Start, count: text.utf8CodeUnitCount)
        // A literal's bytes are part of the program.
        return unsafe _overrideLifetime(span, copying: ())
    }
}
