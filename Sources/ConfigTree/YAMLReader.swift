// SPDX-License-Identifier: Apache-2.0

// Yams' own composer stops at the first duplicate key, recurses, and reads multi-level aliases without a limit;
// so the tree is built here from the events of the parser that Yams carries. This file is the only one that sees it.
internal import CYaml

/// Turns the bytes of one YAML document into a tree, or says why not.
///
/// Iterative: neither depth nor aliases of the input cost stack. Bounded by `ConfigLimit`.
struct YAMLReader {
    /// A map or list that is not closed yet.
    private struct Frame {
        let place: ConfigPlace
        let anchor: String?
        let isMap: Bool
        var items: [ConfigNode] = []
        var pairs: [ConfigNode.Pair] = []
        var places: [String: ConfigPlace] = [:]
        /// The key whose value comes next. `.some(nil)`: a key that was refused; its value is read and dropped.
        var key: (name: String?, place: ConfigPlace)?
    }

    private let file: String
    private var frames: [Frame] = []
    private var anchors: [String: ConfigNode] = [:]
    private var nodes = 0
    private var root: ConfigNode?
    private var documents = 0
    private(set) var problems: [ConfigProblem] = []

    /// - Returns: the tree, absent for an empty document or one that could not be read to its end.
    static func read(_ bytes: [UInt8], file: String) -> (root: ConfigNode?, problems: [ConfigProblem]) {
        if let problem = TextCheck.problem(of: bytes, file: file) { return (nil, [problem]) }
        var reader = YAMLReader(file: file)
        let complete = reader.run(bytes)
        return (complete ? reader.root : nil, reader.problems)
    }

    private init(file: String) { self.file = file }

    private mutating func run(_ bytes: [UInt8]) -> Bool {
        var parser = unsafe yaml_parser_t()
        guard unsafe yaml_parser_initialize(&parser) == 1 else {
            return refuse("not enough memory to read the file", at: nil)
        }
        defer { unsafe yaml_parser_delete(&parser) }
        unsafe yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
        // The parser reads from the buffer until it is deleted, so everything happens inside the closure.
        return unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe yaml_parser_set_input_string(&parser, buffer.baseAddress, buffer.count)
            while true {
                var event = unsafe yaml_event_t()
                guard unsafe yaml_parser_parse(&parser, &event) == 1 else {
                    return unsafe refuseSyntax(parser, bytes)
                }
                defer { unsafe yaml_event_delete(&event) }
                if unsafe event.type == YAML_STREAM_END_EVENT { return true }
                guard unsafe take(event) else { return false }
            }
        }
    }

    /// - Returns: false when reading must stop.
    private mutating func take(_ event: yaml_event_t) -> Bool {
        let place = at(unsafe event.start_mark)
        switch unsafe event.type {
        case YAML_DOCUMENT_START_EVENT:
            documents += 1
            return documents == 1 ? true : refuse("a second document; there may be only one", at: place)
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            let text = unsafe String(
                decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            let plain = unsafe scalar.style == YAML_PLAIN_SCALAR_STYLE && scalar.tag == nil
            unsafe checkTag(scalar.tag, at: place)
            let end = at(unsafe event.end_mark)
            let node = ConfigNode(
                .scalar(text, plain: plain), at: place,
                textColumn: Self.textColumn(of: text, from: place, to: end, isPlain: plain))
            return unsafe add(node, anchor: Self.string(scalar.anchor))
        case YAML_SEQUENCE_START_EVENT:
            unsafe checkTag(event.data.sequence_start.tag, at: place)
            return unsafe open(Frame(place: place, anchor: Self.string(event.data.sequence_start.anchor), isMap: false))
        case YAML_MAPPING_START_EVENT:
            unsafe checkTag(event.data.mapping_start.tag, at: place)
            return unsafe open(Frame(place: place, anchor: Self.string(event.data.mapping_start.anchor), isMap: true))
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
            guard let frame = frames.popLast() else { return true }
            return add(
                ConfigNode(frame.isMap ? .map(frame.pairs) : .list(frame.items), at: frame.place), anchor: frame.anchor)
        case YAML_ALIAS_EVENT:
            let name = unsafe Self.string(event.data.alias.anchor) ?? ""
            guard let node = anchors[name] else { return refuse("alias *\(name) has no anchor before it", at: place) }
            return add(ConfigNode(node.content, at: place), anchor: nil, cost: node.size)
        default: return true
        }
    }

    /// A text without escapes and line ends is as long as its place, quotes aside.
    private static func textColumn(of text: String, from start: ConfigPlace, to end: ConfigPlace, isPlain: Bool) -> Int?
    {
        let quote = isPlain ? 0 : 1
        guard start.line == end.line, end.column - start.column == text.unicodeScalars.count + 2 * quote else {
            return nil
        }
        return start.column + quote
    }

    private mutating func open(_ frame: Frame) -> Bool {
        guard frames.count < ConfigLimit.depth else {
            return refuse("more than \(ConfigLimit.depth) maps and lists inside one another", at: frame.place)
        }
        frames.append(frame)
        return true
    }

    /// Puts a finished node where it belongs: root, list item, key or value.
    ///
    /// - Parameter cost: the nodes it adds. The parts of a map or list were added before it, those of an alias were not.
    private mutating func add(_ node: ConfigNode, anchor: String?, cost: Int = 1) -> Bool {
        nodes += cost
        guard nodes <= ConfigLimit.nodes else {
            return refuse("more than \(ConfigLimit.nodes) values once aliases are written out", at: node.place)
        }
        if let anchor { anchors[anchor] = node }
        guard let top = frames.indices.last else {
            root = node
            return true
        }
        guard frames[top].isMap else {
            frames[top].items.append(node)
            return true
        }
        if let (name, place) = frames[top].key {
            frames[top].key = nil
            if let name { frames[top].pairs.append(.init(key: name, place: place, value: node)) }
        } else {
            frames[top].key = (acceptKey(node, in: top), node.place)
        }
        return true
    }

    private mutating func acceptKey(_ node: ConfigNode, in frame: Int) -> String? {
        guard let name = node.text else {
            problems.append(.init(.error, at: node.place, key: "", "a key must be text, not \(node.description)"))
            return nil
        }
        if let first = frames[frame].places[name] {
            let what = "key \(quoted(name)) is given twice; the first is on line \(first.line)"
            problems.append(.init(.error, at: node.place, key: "", what))
            return nil
        }
        frames[frame].places[name] = node.place
        return name
    }

    private mutating func checkTag(_ pointer: UnsafeMutablePointer<yaml_char_t>?, at place: ConfigPlace) {
        guard let tag = unsafe Self.string(pointer), tag != "!", !tag.hasPrefix("tag:yaml.org,2002:") else { return }
        problems.append(.init(.error, at: place, key: "", "tags such as \(quoted(tag)) have no meaning here"))
    }

    private mutating func refuse(_ what: String, at place: ConfigPlace?) -> Bool {
        problems.append(.init(.error, at: place, key: "", what))
        return false
    }

    private mutating func refuseSyntax(_ parser: yaml_parser_t, _ bytes: [UInt8]) -> Bool {
        let problem = unsafe parser.problem.map { unsafe String(cString: $0) } ?? "cannot be read"
        if unsafe parser.error == YAML_READER_ERROR {
            return unsafe refuse(
                "not YAML: \(problem)", at: TextCheck.place(of: parser.problem_offset, in: bytes, file: file))
        }
        let place = at(unsafe parser.problem_mark)
        let begun = at(unsafe parser.context_mark)
        let context = unsafe parser.context.map { unsafe " " + String(cString: $0) } ?? ""
        let start = context.isEmpty || begun.line == place.line ? "" : " that starts on line \(begun.line)"
        return refuse("not YAML: \(problem)\(context)\(start)\(advice(at: place, in: bytes))", at: place)
    }

    /// Two things that are easy to trip over and that the parser's own message does not name.
    private func advice(at place: ConfigPlace, in bytes: [UInt8]) -> String {
        let rows = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: place.line, omittingEmptySubsequences: false)
        guard place.line <= rows.count else { return "" }
        let row = rows[place.line - 1]
        if row.dropFirst(place.column - 1).first == UInt8(ascii: "\t") { return "; indent with spaces, not tabs" }
        // Plain text in a block, but not there.
        if String(decoding: row, as: UTF8.self).contains(": ${") { return "; inside { } and [ ], ${…} needs quotes" }
        return ""
    }

    private func at(_ mark: yaml_mark_t) -> ConfigPlace {
        ConfigPlace(file: file, line: Int(clamping: mark.line) + 1, column: Int(clamping: mark.column) + 1)
    }

    private static func string(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        guard let pointer = unsafe pointer else { return nil }
        return unsafe String(cString: pointer)
    }
}
