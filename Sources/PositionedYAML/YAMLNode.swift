// SPDX-License-Identifier: Apache-2.0

/// Where something stands in a text: lines, columns and the offset count from 0, columns and offset in bytes.
public struct YAMLPosition: Hashable, Sendable {
    public let line: Int
    public let column: Int
    public let offset: Int

    public init(line: Int = 0, column: Int = 0, offset: Int = 0) {
        self.line = line
        self.column = column
        self.offset = offset
    }
}

/// A piece of a YAML document with its place. Aliases are resolved.
public struct YAMLNode: Sendable {
    /// One `key: value` of a map.
    public struct Pair: Sendable {
        public let key: YAMLNode
        public let value: YAMLNode
    }

    public indirect enum Content: Sendable {
        /// `plain` is false for quoted and block text, which is always a string.
        case scalar(String, plain: Bool)
        case list([YAMLNode])
        /// In the order of the file; a key that stands twice is there twice.
        case map([Pair])
    }

    public let position: YAMLPosition
    public let content: Content
    /// How many nodes this one is, itself and repeated aliases included.
    public let size: Int

    public init(_ content: Content, at position: YAMLPosition) {
        self.position = position
        self.content = content
        switch content {
        case .scalar: size = 1
        case .list(let items): size = items.reduce(1) { $0 + $1.size }
        case .map(let pairs): size = pairs.reduce(1) { $0 + $1.key.size + $1.value.size }
        }
    }

    /// The text of a scalar, also of one that means nothing.
    public var text: String? {
        guard case .scalar(let text, _) = content else { return nil }
        return text
    }

    public var items: [YAMLNode]? {
        guard case .list(let items) = content else { return nil }
        return items
    }

    public var pairs: [Pair]? {
        guard case .map(let pairs) = content else { return nil }
        return pairs
    }

    /// Nothing was written: `key:`, `key: ~` or `key: null`.
    public var isNull: Bool {
        guard case .scalar(let text, plain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// The value under the first key with this name.
    public subscript(_ key: String) -> YAMLNode? { pairs?.first { $0.key.text == key }?.value }
}
