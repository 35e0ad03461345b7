// SPDX-License-Identifier: Apache-2.0

// Yams' own composer stops at the first duplicate key, recurses, and reads multi-level aliases without a limit;
// so trees are built here from the events of the parser that Yams carries. Of the rules, only this file sees it.
internal import CYaml

/// Turns the bytes of a rule file, which may hold many YAML documents, into trees.
///
/// Iterative: neither depth nor aliases of the input cost stack. Bounded by `RuleLimit`.
struct RuleYAML {
    /// A map or list that is not closed yet.
    private struct Frame {
        let place: RulePlace
        let anchor: String?
        let isMap: Bool
        var items: [RuleNode] = []
        var pairs: [RuleNode.Pair] = []
        var lines: [String: Int] = [:]
        /// The key whose value comes next. `.some(nil)`: a key that was refused; its value is read and dropped.
        var key: (name: String?, place: RulePlace)?
    }

    private let file: String
    private var frames: [Frame] = []
    private var anchors: [String: RuleNode] = [:]
    private var nodes = 0
    private var documents: [RuleNode] = []
    private var problems: ProblemList

    /// The documents that could be read to their end; empty ones are left out.
    static func read(_ bytes: [UInt8], file: String, into problems: inout ProblemList) -> [RuleNode] {
        let start = RulePlace(file: file, line: 1, column: 1)
        guard bytes.count <= RuleLimit.fileBytes else {
            problems.error(start, "the file has \(bytes.count) bytes; at most \(RuleLimit.fileBytes) are read")
            return []
        }
        var reader = RuleYAML(file: file, problems: problems)
        reader.run(bytes)
        problems = reader.problems
        return reader.documents
    }

    private init(file: String, problems: ProblemList) {
        self.file = file
        self.problems = problems
    }

    private mutating func run(_ bytes: [UInt8]) {
        let start = RulePlace(file: file, line: 1, column: 1)
        var parser = unsafe yaml_parser_t()
        guard unsafe yaml_parser_initialize(&parser) == 1 else {
            problems.error(start, "not enough memory to read the file")
            return
        }
        defer { unsafe yaml_parser_delete(&parser) }
        unsafe yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
        // The parser reads from the buffer until it is deleted, so everything happens inside the closure.
        unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe yaml_parser_set_input_string(&parser, buffer.baseAddress, buffer.count)
            while true {
                var event = unsafe yaml_event_t()
                guard unsafe yaml_parser_parse(&parser, &event) == 1 else {
                    let what = unsafe parser.problem.map { unsafe String(cString: $0) } ?? "cannot be read"
                    let context = unsafe parser.context.map { unsafe " " + String(cString: $0) } ?? ""
                    let place = unsafe at(parser.problem_mark)
                    problems.error(place, "not YAML: \(what)\(context)")
                    return
                }
                defer { unsafe yaml_event_delete(&event) }
                if unsafe event.type == YAML_STREAM_END_EVENT { return }
                guard unsafe take(event) else { return }
            }
        }
    }

    /// - Returns: false when reading must stop.
    private mutating func take(_ event: yaml_event_t) -> Bool {
        let place = at(unsafe event.start_mark)
        switch unsafe event.type {
        case YAML_DOCUMENT_START_EVENT:
            anchors = [:]
            return true
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            let text = unsafe String(
                decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            let plain = unsafe scalar.style == YAML_PLAIN_SCALAR_STYLE && scalar.tag == nil
            return unsafe add(RuleNode(.scalar(text, plain: plain), at: place), anchor: Self.string(scalar.anchor))
        case YAML_SEQUENCE_START_EVENT:
            return unsafe open(Frame(place: place, anchor: Self.string(event.data.sequence_start.anchor), isMap: false))
        case YAML_MAPPING_START_EVENT:
            return unsafe open(Frame(place: place, anchor: Self.string(event.data.mapping_start.anchor), isMap: true))
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
            guard let frame = frames.popLast() else { return true }
            return add(
                RuleNode(frame.isMap ? .map(frame.pairs) : .list(frame.items), at: frame.place), anchor: frame.anchor)
        case YAML_ALIAS_EVENT:
            let name = unsafe Self.string(event.data.alias.anchor) ?? ""
            guard let node = anchors[name] else {
                problems.error(place, "alias *\(name) has no anchor before it")
                return false
            }
            return add(RuleNode(node.content, at: place), anchor: nil, cost: node.size)
        default: return true
        }
    }

    private mutating func open(_ frame: Frame) -> Bool {
        guard frames.count < RuleLimit.depth else {
            problems.error(frame.place, "more than \(RuleLimit.depth) maps and lists inside one another")
            return false
        }
        frames.append(frame)
        return true
    }

    /// Puts a finished node where it belongs: root, list item, key or value.
    ///
    /// - Parameter cost: the nodes it adds. The parts of a map or list were added before it, those of an alias were not.
    private mutating func add(_ node: RuleNode, anchor: String?, cost: Int = 1) -> Bool {
        nodes += cost
        guard nodes <= RuleLimit.nodes else {
            problems.error(node.place, "more than \(RuleLimit.nodes) values once aliases are written out")
            return false
        }
        if let anchor { anchors[anchor] = node }
        guard let top = frames.indices.last else {
            if !node.isNull { documents.append(node) }
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

    private mutating func acceptKey(_ node: RuleNode, in frame: Int) -> String? {
        guard case .scalar(let name, _) = node.content else {
            problems.error(node.place, "a key must be text, not \(node.description)")
            return nil
        }
        if let first = frames[frame].lines[name] {
            problems.error(node.place, "key \(quoted(name)) is given twice; the first is on line \(first)")
            return nil
        }
        frames[frame].lines[name] = node.place.line
        return name
    }

    private func at(_ mark: yaml_mark_t) -> RulePlace {
        RulePlace(file: file, line: Int(clamping: mark.line) + 1, column: Int(clamping: mark.column) + 1)
    }

    private static func string(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        guard let pointer = unsafe pointer else { return nil }
        return unsafe String(cString: pointer)
    }
}
