// SPDX-License-Identifier: Apache-2.0
internal import AlertModel

/// The fields of a rule's output, `%proc.name`, `%proc.aname[2]`, `%toupper(proc.name)`.
struct OutputFormat {
    /// As the alert's output fields name them, each once, in order.
    private(set) var fields: [String] = []

    /// Why a text is no output format, in Falco's words.
    struct Mistake: Error {
        let message: String
        var suggestion: String?
    }

    /// Of an output that has a mistake.
    static var nothing: OutputFormat { OutputFormat() }

    private init() {}

    private static let transformers = ["tolower(", "toupper(", "b64(", "basename(", "len("]

    init(_ text: String, source: String, sources: RuleSources) throws(Mistake) {
        let bytes = Array(text.utf8)
        var place = 0
        while place < bytes.count {
            guard bytes[place] == UInt8(ascii: "%") else {
                place += 1
                continue
            }
            place += 1
            guard place < bytes.count else {
                throw Mistake(message: "invalid formatting syntax: formatting cannot end with a %")
            }
            let (field, end) = try Self.field(bytes, from: place, source, sources)
            if !fields.contains(field) { fields.append(field) }
            place = end
        }
    }

    private static func field(
        _ bytes: [UInt8], from start: Int, _ source: String, _ sources: RuleSources
    ) throws(Mistake) -> (String, Int) {
        var begin = start
        var calls = 0
        while calls < ConditionLimit.transformers,
            let call = transformers.first(where: { bytes[begin...].starts(with: $0.utf8) })
        {
            begin += call.utf8.count
            calls += 1
        }
        var run = begin
        while run < bytes.count, bytes[run].isWordByte { run += 1 }
        // A sentence's full stop, or a word that follows without a blank, is no part of the name.
        var end = run
        let shortest = begin + 3
        while end >= shortest,
            !sources.hasField(String(decoding: bytes[begin ..< end], as: UTF8.self), in: source)
        {
            end -= 1
        }
        func refused() -> Mistake {
            let name = String(decoding: bytes[begin ..< run], as: UTF8.self)
            return Mistake(
                message: "invalid formatting token " + String(decoding: bytes[start...], as: UTF8.self),
                suggestion: sources.meant(by: name))
        }
        guard end >= shortest else { throw refused() }
        if end < bytes.count, bytes[end] == UInt8(ascii: "["), let close = bytes[end...].firstIndex(of: 93) {
            end = close + 1
        }
        for _ in 0 ..< calls {
            guard end < bytes.count, bytes[end] == UInt8(ascii: ")") else { throw refused() }
            end += 1
        }
        return (String(decoding: bytes[start ..< end], as: UTF8.self), end)
    }
}
