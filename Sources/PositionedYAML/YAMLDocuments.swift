// SPDX-License-Identifier: Apache-2.0

// Yams' own composer recurses and reads multi-level aliases without a limit; so trees are built here from the events
// of the parser that Yams carries.
internal import CYaml

/// Why a text is no YAML, or too much of it, and where.
public struct YAMLMistake: Error, Hashable, Sendable {
    public let position: YAMLPosition
    /// The parser's own words.
    public let problem: String
}

/// Bounds of one text.
public struct YAMLLimits: Sendable {
    public var bytes = 8 << 20
    /// Maps and lists inside one another.
    public var depth = 64
    /// Values and keys, with every alias written out.
    public var nodes = 1_000_000

    public init() {}
}

/// Turns the bytes of a text, which may hold many YAML documents, into trees with positions.
///
/// Iterative: neither depth nor aliases of the input cost stack.
public struct YAMLDocuments {
    /// A map or list that is not closed yet.
    private struct Frame {
        let position: YAMLPosition
        let anchor: String?
        let isMap: Bool
        var items: [YAMLNode] = []
        var pairs: [YAMLNode.Pair] = []
        var key: YAMLNode?
    }

    private let limits: YAMLLimits
    private var places: PlaceWalk
    private var frames: [Frame] = []
    private var anchors: [String: YAMLNode] = [:]
    private var nodes = 0
    private var documents: [YAMLNode] = []

    /// The documents of the text, those that say nothing too.
    public static func read(
        _ bytes: [UInt8], limits: YAMLLimits = YAMLLimits()
    ) throws(YAMLMistake) -> [YAMLNode] {
        guard bytes.count <= limits.bytes else {
            throw YAMLMistake(
                position: YAMLPosition(),
                problem: "the file has \(bytes.count) bytes; at most \(limits.bytes) are read")
        }
        var reader = YAMLDocuments(limits: limits, places: PlaceWalk(bytes))
        if let mistake = reader.run(bytes) { throw mistake }
        return reader.documents
    }

    private init(limits: YAMLLimits, places: PlaceWalk) {
        self.limits = limits
        self.places = places
    }

    private mutating func run(_ bytes: [UInt8]) -> YAMLMistake? {
        var parser = unsafe yaml_parser_t()
        guard unsafe yaml_parser_initialize(&parser) == 1 else {
            return YAMLMistake(position: YAMLPosition(), problem: "not enough memory to read the file")
        }
        defer { unsafe yaml_parser_delete(&parser) }
        unsafe yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
        // The parser reads from the buffer until it is deleted, so everything happens inside the closure.
        return unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe yaml_parser_set_input_string(&parser, buffer.baseAddress, buffer.count)
            while true {
                var event = unsafe yaml_event_t()
                guard unsafe yaml_parser_parse(&parser, &event) == 1 else {
                    let problem = unsafe parser.problem.map { unsafe String(cString: $0) } ?? "cannot be read"
                    return YAMLMistake(position: at(unsafe parser.problem_mark), problem: problem)
                }
                defer { unsafe yaml_event_delete(&event) }
                if unsafe event.type == YAML_STREAM_END_EVENT { return nil }
                if let mistake = unsafe take(event) { return mistake }
            }
        }
    }

    private mutating func take(_ event: yaml_event_t) -> YAMLMistake? {
        switch unsafe event.type {
        case YAML_DOCUMENT_START_EVENT:
            anchors = [:]
            return nil
        case YAML_SCALAR_EVENT:
            let place = at(unsafe event.start_mark)
            let scalar = unsafe event.data.scalar
            let text = unsafe String(
                decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            let plain = unsafe scalar.style == YAML_PLAIN_SCALAR_STYLE && scalar.tag == nil
            return unsafe add(YAMLNode(.scalar(text, plain: plain), at: place), anchor: Self.string(scalar.anchor))
        case YAML_SEQUENCE_START_EVENT:
            let place = at(unsafe event.start_mark)
            return unsafe open(
                Frame(position: place, anchor: Self.string(event.data.sequence_start.anchor), isMap: false))
        case YAML_MAPPING_START_EVENT:
            let place = at(unsafe event.start_mark)
            return unsafe open(
                Frame(position: place, anchor: Self.string(event.data.mapping_start.anchor), isMap: true))
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
            guard let frame = frames.popLast() else { return nil }
            let content: YAMLNode.Content = frame.isMap ? .map(frame.pairs) : .list(frame.items)
            return add(YAMLNode(content, at: frame.position), anchor: frame.anchor)
        case YAML_ALIAS_EVENT:
            let name = unsafe Self.string(event.data.alias.anchor) ?? ""
            guard let node = anchors[name] else {
                return YAMLMistake(position: at(unsafe event.start_mark), problem: "alias *\(name) has no anchor")
            }
            return add(node, anchor: nil, cost: node.size)
        default: return nil
        }
    }

    private mutating func open(_ frame: Frame) -> YAMLMistake? {
        guard frames.count < limits.depth else {
            return YAMLMistake(
                position: frame.position, problem: "more than \(limits.depth) maps and lists inside one another")
        }
        frames.append(frame)
        return nil
    }

    /// Puts a finished node where it belongs: root, list item, key or value.
    ///
    /// - Parameter cost: the nodes it adds. The parts of a map or list were added before it, those of an alias were not.
    private mutating func add(_ node: YAMLNode, anchor: String?, cost: Int = 1) -> YAMLMistake? {
        nodes += cost
        guard nodes <= limits.nodes else {
            return YAMLMistake(
                position: node.position, problem: "more than \(limits.nodes) values once aliases are written out")
        }
        if let anchor { anchors[anchor] = node }
        guard let top = frames.indices.last else {
            documents.append(node)
            return nil
        }
        if !frames[top].isMap {
            frames[top].items.append(node)
        } else if let key = frames[top].key {
            frames[top].key = nil
            frames[top].pairs.append(.init(key: key, value: node))
        } else {
            frames[top].key = node
        }
        return nil
    }

    private mutating func at(_ mark: yaml_mark_t) -> YAMLPosition {
        places.place(ofCharacter: Int(clamping: mark.index), line: Int(clamping: mark.line))
    }

    private static func string(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        guard let pointer = unsafe pointer else { return nil }
        return unsafe String(cString: pointer)
    }
}
