// SPDX-License-Identifier: Apache-2.0

/// A value of a JSON document (RFC 8259) and the line it stands in.
struct JSONNode: Sendable {
    indirect enum Content: Sendable {
        case null
        case bool(Bool)
        /// As it stands in the document.
        case number([UInt8])
        case text([UInt8])
        case list([JSONNode])
        /// In the order of the document.
        case object([(key: [UInt8], value: JSONNode)])
    }

    let line: Int
    let content: Content

    subscript(_ key: String) -> JSONNode? {
        guard case .object(let members) = content else { return nil }
        return members.first { $0.key.elementsEqual(key.utf8) }?.value
    }

    var list: [JSONNode]? { if case .list(let items) = content { items } else { nil } }
    var text: [UInt8]? { if case .text(let text) = content { text } else { nil } }
    var isFalse: Bool { if case .bool(false) = content { true } else { false } }
    var isTrue: Bool { if case .bool(true) = content { true } else { false } }

    /// The text of a text or a number, `true` and `false`; nil for null and what holds other values.
    var plain: [UInt8]? {
        switch content {
        case .text(let text), .number(let text): text
        case .bool(let flag): Array((flag ? "true" : "false").utf8)
        case .null, .list, .object: nil
        }
    }
}

/// Reads a whole document. Bounded in depth and number of values, so that no file takes stack or memory beyond them.
struct JSONReader {
    static let depthLimit = 64
    static let nodeLimit = 4_000_000

    private let bytes: [UInt8]
    private let file: String
    private var place = 0
    private var line = 1
    private var nodes = 0

    static func read(_ file: TableFile) throws(TableProblem) -> JSONNode {
        var reader = JSONReader(bytes: file.bytes, file: file.path)
        if file.bytes.starts(with: [0xef, 0xbb, 0xbf]) { reader.place = 3 }
        let node = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.place == reader.bytes.count else { throw reader.problem("something follows the document") }
        return node
    }

    private init(bytes: [UInt8], file: String) {
        self.bytes = bytes
        self.file = file
    }

    private func problem(_ what: String) -> TableProblem { TableProblem(file, line: line, what) }

    private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func skipSpace() {
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\n"): line += 1
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): break
            default: return
            }
            place += 1
        }
    }

    private mutating func value(depth: Int) throws(TableProblem) -> JSONNode {
        guard depth <= Self.depthLimit else { throw problem("more than \(Self.depthLimit) levels inside one another") }
        nodes += 1
        guard nodes <= Self.nodeLimit else { throw problem("more than \(Self.nodeLimit) values") }
        skipSpace()
        let start = line
        switch next {
        case UInt8(ascii: "{"): return JSONNode(line: start, content: .object(try members(depth: depth)))
        case UInt8(ascii: "["): return JSONNode(line: start, content: .list(try items(depth: depth)))
        case UInt8(ascii: "\""): return JSONNode(line: start, content: .text(try text()))
        case UInt8(ascii: "t") where take("true"): return JSONNode(line: start, content: .bool(true))
        case UInt8(ascii: "f") where take("false"): return JSONNode(line: start, content: .bool(false))
        case UInt8(ascii: "n") where take("null"): return JSONNode(line: start, content: .null)
        case let byte? where byte == UInt8(ascii: "-") || byte >= 48 && byte <= 57:
            return JSONNode(line: start, content: .number(try number()))
        case nil: throw problem("the document ends too early")
        default: throw problem("not JSON")
        }
    }

    private mutating func members(depth: Int) throws(TableProblem) -> [(key: [UInt8], value: JSONNode)] {
        var members: [(key: [UInt8], value: JSONNode)] = []
        place += 1
        skipSpace()
        if next == UInt8(ascii: "}") {
            place += 1
            return members
        }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw problem("a key in quotes was expected") }
            let key = try text()
            skipSpace()
            guard next == UInt8(ascii: ":") else { throw problem("a colon was expected") }
            place += 1
            members.append((key, try value(depth: depth + 1)))
            guard try goesOn(until: UInt8(ascii: "}")) else { return members }
        }
    }

    private mutating func items(depth: Int) throws(TableProblem) -> [JSONNode] {
        var items: [JSONNode] = []
        place += 1
        skipSpace()
        if next == UInt8(ascii: "]") {
            place += 1
            return items
        }
        while true {
            items.append(try value(depth: depth + 1))
            guard try goesOn(until: UInt8(ascii: "]")) else { return items }
        }
    }

    private mutating func goesOn(until end: UInt8) throws(TableProblem) -> Bool {
        skipSpace()
        defer { place += 1 }
        if next == UInt8(ascii: ",") { return true }
        guard next == end else { throw problem(next == nil ? "the document ends too early" : "a comma was expected") }
        return false
    }

    private mutating func take(_ word: String) -> Bool {
        guard bytes[place...].starts(with: word.utf8) else { return false }
        place += word.utf8.count
        return true
    }

    private mutating func number() throws(TableProblem) -> [UInt8] {
        let start = place
        while let byte = next, "+-.0123456789eE".utf8.contains(byte) { place += 1 }
        let digits = Array(bytes[start ..< place])
        guard digits.count <= 64, Double(String(decoding: digits, as: UTF8.self)) != nil else {
            throw problem("\(shown(digits)) is no number")
        }
        return digits
    }

    private mutating func text() throws(TableProblem) -> [UInt8] {
        var text: [UInt8] = []
        place += 1
        while let byte = next {
            place += 1
            switch byte {
            case UInt8(ascii: "\""): return text
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0 ..< 0x20: throw problem("a control character inside a text")
            default: text.append(byte)
            }
        }
        throw problem("a text does not end")
    }

    private mutating func escape(into text: inout [UInt8]) throws(TableProblem) {
        guard let letter = next else { throw problem("a text does not end") }
        place += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
        case UInt8(ascii: "b"): text.append(8)
        case UInt8(ascii: "f"): text.append(12)
        case UInt8(ascii: "n"): text.append(10)
        case UInt8(ascii: "r"): text.append(13)
        case UInt8(ascii: "t"): text.append(9)
        case UInt8(ascii: "u"):
            var units = [try unit()]
            if units[0] & 0xfc00 == 0xd800, place + 1 < bytes.count, bytes[place] == UInt8(ascii: "\\"),
                bytes[place + 1] == UInt8(ascii: "u")
            {
                place += 2
                units.append(try unit())
            }
            // A half of a pair becomes U+FFFD.
            text += String(decoding: units, as: UTF16.self).utf8
        default: throw problem("an unknown escape in a text")
        }
    }

    private mutating func unit() throws(TableProblem) -> UInt16 {
        guard bytes.count - place >= 4,
            let unit = UInt16(String(decoding: bytes[place ..< place + 4], as: UTF8.self), radix: 16),
            bytes[place] != UInt8(ascii: "+"), bytes[place] != UInt8(ascii: "-")
        else { throw problem("an unknown escape in a text") }
        place += 4
        return unit
    }
}
