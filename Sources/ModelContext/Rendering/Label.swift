// SPDX-License-Identifier: Apache-2.0
import HostileText

/// Names that operators and rule writers choose: visible and short all the same, since an alert can come from anywhere.
enum Label {
    static func of(_ text: Span<UInt8>) -> String {
        var sanitizer = Sanitizer(redacts: true)
        return sanitizer.excerpt(text, limit: TextLimit.brief).text
    }

    static func of(_ text: String) -> String { of(text.utf8Span.span) }
}
