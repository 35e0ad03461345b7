// SPDX-License-Identifier: Apache-2.0

/// The one way from somebody else's text to text that may be shown: bytes → valid UTF-8 → secrets out → visible → cut.
///
/// One for each thing shown (an alert, a record): it counts what was redacted in all its texts.
public struct Sanitizer: Sendable {
    /// False only for callers who may see secrets.
    public let redacts: Bool
    /// Secrets replaced so far.
    public private(set) var redactions = 0

    private var known = KnownSecrets()

    public init(redacts: Bool) { self.redacts = redacts }

    /// Looks for secrets in a text that will be shown, so that they are taken out of texts that do not say what they are.
    public mutating func learn(_ text: Span<UInt8>) {
        if redacts { known.learn(Redaction(of: Scalars.repaired(text), known: KnownSecrets())) }
    }

    /// At most `limit` characters of the text, fit to be shown.
    public mutating func excerpt(_ text: Span<UInt8>, limit: Int) -> Excerpt {
        let repaired = Scalars.repaired(text)
        guard redacts else { return Excerpt(of: repaired, limit: limit) }
        let redaction = Redaction(of: repaired, known: known)
        redactions += redaction.count
        return Excerpt(of: redaction.text, limit: limit)
    }

    public mutating func excerpt(_ text: String, limit: Int) -> Excerpt { excerpt(text.utf8Span.span, limit: limit) }
}
