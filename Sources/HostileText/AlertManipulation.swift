// SPDX-License-Identifier: Apache-2.0
public import AlertModel

extension Manipulation {
    /// What is suspicious in an alert: in its host's name, its output, and its fields that are texts.
    public static func found(in alert: borrowing AlertView) -> Manipulation {
        var found = found(in: alert.hostname).union(found(in: alert.output))
        for index in 0 ..< alert.fieldCount {
            let field = alert.field(at: index)
            if field.kind == .string || field.kind == .json { found.formUnion(Self.found(in: field.text)) }
        }
        return found
    }

    /// The same as yes or no, for conditions and rules that name `manipulation_suspected`: ends at the first reason.
    public static func isSuspected(in alert: borrowing AlertView) -> Bool {
        if found(in: alert.output) != [] || found(in: alert.hostname) != [] { return true }
        for index in 0 ..< alert.fieldCount {
            let field = alert.field(at: index)
            if field.kind == .string || field.kind == .json, found(in: field.text) != [] { return true }
        }
        return false
    }

    /// `true` or `false`, as a value that conditions and rules compare.
    @_lifetime(immortal)
    public static func word(_ flag: Bool) -> Span<UInt8> { flag ? span("true") : span("false") }

    @_lifetime(immortal)
    private static func span(_ text: StaticString) -> Span<UInt8> {
        let span = unsafe Span(_unsafeStart: text.utf8Start, count: text.utf8CodeUnitCount)
        // A literal's bytes are part of the program.
        return unsafe _overrideLifetime(span, copying: ())
    }
}
