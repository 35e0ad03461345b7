// SPDX-License-Identifier: Apache-2.0
import CRegex

/// A compiled regular expression in RE2's syntax (github.com/google/re2/wiki/Syntax): matching takes time linear in the
/// text and bounded memory, whatever the expression and the text.
///
/// A pattern of ASCII only sees bytes: no invalid UTF-8 in a text hides what stands beside it. Any other pattern sees
/// UTF-8. Immutable: any number of threads may match at the same time. Allocates only while its caches are cold.
@safe
public final class RegularExpression: @unchecked Sendable {
    /// Sigma's `re` sub-modifiers.
    public struct Flags: OptionSet, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        public static let ignoringCase = Flags(rawValue: CREGEX_IGNORE_CASE)
        /// `^` and `$` match at line ends too.
        public static let multiline = Flags(rawValue: CREGEX_MULTILINE)
        /// `.` matches a newline too.
        public static let dotMatchesNewline = Flags(rawValue: CREGEX_DOT_NEWLINE)
    }

    /// The text is no regular expression that RE2 can compile within the memory limit.
    public struct Malformed: Error, Hashable, Sendable {
        public let reason: String
    }

    /// Of one expression: its program and the caches that it fills as it matches.
    public static let memoryLimitBytes = 1 << 20

    private let raw: OpaquePointer

    public init(_ pattern: [UInt8], flags: Flags = []) throws(Malformed) {
        var error = [CChar](repeating: 0, count: 256)
        let made = unsafe pattern.withUnsafeBufferPointer { buffer in
            unsafe error.withUnsafeMutableBufferPointer { message in
                unsafe cregex_create(
                    buffer.baseAddress, buffer.count, flags.rawValue, Int64(Self.memoryLimitBytes),
                    message.baseAddress, message.count)
            }
        }
        guard let made = unsafe made else {
            let bytes = error.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw Malformed(reason: String(decoding: bytes, as: UTF8.self))
        }
        unsafe raw = made
    }

    public convenience init(_ pattern: String, flags: Flags = []) throws(Malformed) {
        try self.init(Array(pattern.utf8), flags: flags)
    }

    deinit { unsafe cregex_destroy(raw) }

    /// The whole text matches (Falco's `regex`).
    public func matchesWhole(_ text: Span<UInt8>) -> Bool {
        unsafe text.withUnsafeBufferPointer { unsafe cregex_matches_whole(raw, $0.baseAddress, $0.count) }
    }

    /// Some part of the text matches (Sigma's `re`).
    public func matchesPart(_ text: Span<UInt8>) -> Bool {
        unsafe text.withUnsafeBufferPointer { unsafe cregex_matches_part(raw, $0.baseAddress, $0.count) }
    }
}
