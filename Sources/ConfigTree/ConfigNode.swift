// SPDX-License-Identifier: Apache-2.0

/// A piece of a YAML document with its place. Aliases are resolved, keys are text.
struct ConfigNode: Sendable {
    /// One `key: value` of a map.
    struct Pair: Sendable {
        let key: String
        let place: ConfigPlace
        let value: ConfigNode
    }

    indirect enum Content: Sendable {
        /// `plain` is false for quoted and block text, which is always a string.
        case scalar(String, plain: Bool)
        case list([ConfigNode])
        /// In the order of the file; keys are unique.
        case map([Pair])
    }

    let place: ConfigPlace
    let content: Content
    /// How many nodes this one is, itself and repeated aliases included.
    let size: Int
    /// The column where a scalar's text starts, when the text stands in the file in one line and as it is.
    let textColumn: Int?

    init(_ content: Content, at place: ConfigPlace, textColumn: Int? = nil) {
        self.place = place
        self.textColumn = textColumn
        self.content = content
        switch content {
        case .scalar: size = 1
        case .list(let items): size = items.reduce(1) { $0 + $1.size }
        case .map(let pairs): size = pairs.reduce(1) { $0 + 1 + $1.value.size }
        }
    }

    /// The text of a scalar.
    var text: String? {
        guard case .scalar(let text, _) = content else { return nil }
        return text
    }

    /// The place of a part of the text; nil when the file writes the text in another form, with escapes or in lines.
    func place(ofOffset offset: Int) -> ConfigPlace? {
        textColumn.map { ConfigPlace(file: place.file, line: place.line, column: $0 + offset) }
    }

    /// Nothing was written: `key:`, `key: ~` or `key: null`.
    var isNull: Bool {
        guard case .scalar(let text, plain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// What it is, for messages that refuse it. Never its content.
    var description: String {
        switch content {
        case .scalar: isNull ? "nothing" : "a single value"
        case .list: "a list"
        case .map: "a map"
        }
    }
}

/// Bounds of a configuration file.
public enum ConfigLimit {
    /// Of the file.
    public static let bytes = 1 << 20
    /// Maps and lists inside one another.
    public static let depth = 32
    /// Values and keys, with every alias written out.
    public static let nodes = 100_000
    /// Problems reported for one file.
    public static let problems = 100
    /// Named sources or sinks.
    public static let components = 256
    /// Items of one list.
    public static let items = 10_000
}
