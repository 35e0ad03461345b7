// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertModel

/// Reads one list of indicators: CSV, MISP's JSON, or a STIX 2.1 bundle; the content says which.
struct IndicatorReader {
    static let countLimit = 2_000_000
    static let descriptionLimit = 512

    private let file: TableFile
    private var list: IndicatorList
    /// Well-formed, but nothing that an alert can be asked for.
    private var skipped = 0

    static func read(
        _ source: TableSources.Indicators, _ file: TableFile, _ key: HashKey
    ) throws(TableProblem) -> (list: IndicatorList, skipped: Int) {
        let list = IndicatorList(name: source.name, fields: Self.fields(of: source), key: key)
        var reader = IndicatorReader(file: file, list: list)
        switch file.bytes.first(where: { !" \t\r\n\u{feff}".utf8.contains($0) }) {
        case UInt8(ascii: "{"), UInt8(ascii: "["): try reader.readJSON(try JSONReader.read(file))
        default: try reader.readCSV()
        }
        return (reader.list, reader.skipped)
    }

    private init(file: TableFile, list: IndicatorList) {
        self.file = file
        self.list = list
    }

    /// Where indicators of each kind are looked for.
    private static let standardFields: [(kind: IndicatorKind, names: [String])] = [
        (.address, ["fd.sip", "fd.rip", "fd.cip", "fd.lip"]),
        (.domain, ["fd.sip.name", "fd.rip.name", "fd.cip.name", "fd.lip.name"]),
        (.hash, ["container.image.digest", "container.image.id"]),
        (.path, ["proc.exepath", "fd.name", "fs.path.name", "proc.pexepath", "proc.name"]),
    ]

    private static func fields(of source: TableSources.Indicators) -> [(kind: IndicatorKind, name: FieldName)] {
        var fields: [(kind: IndicatorKind, name: FieldName)] = []
        for (kind, names) in standardFields {
            for name in names + source.fields.filter({ !names.contains($0) }) { fields.append((kind, FieldName(name))) }
        }
        return fields
    }

    private mutating func add(_ indicators: [Indicator], _ description: [UInt8]?, line: Int) throws(TableProblem) {
        guard let first = indicators.first else { return }
        guard list.count < Self.countLimit else {
            throw TableProblem(file.path, line: line, "more than \(Self.countLimit) indicators")
        }
        _ = list.insert(
            first, also: Array(indicators.dropFirst()),
            description: Array((description ?? []).prefix(Self.descriptionLimit)))
    }

    // MARK: CSV: `type,value[,description]`, or one value a line

    private mutating func readCSV() throws(TableProblem) {
        var reader = CSVReader(file)
        var isFirst = true
        while let (line, cells) = try reader.next() {
            defer { isFirst = false }
            if isFirst, Self.isHeader(cells) { continue }
            if cells.count == 1 {
                guard let indicator = Self.guess(cells[0]) else {
                    throw TableProblem(file.path, line: line, "\(shown(cells[0])) is no address, domain, hash or path")
                }
                try add([indicator], nil, line: line)
                continue
            }
            let type = String(decoding: cells[0], as: UTF8.self).lowercased()
            guard let kind = Self.csvKinds[type] ?? Self.mispKinds[type] else {
                let known = "ip, cidr, domain, hash, path"
                throw TableProblem(file.path, line: line, "\(shown(cells[0])) is no type of indicator (\(known))")
            }
            guard let indicator = Indicator(kind, cells[1]) else {
                throw TableProblem(file.path, line: line, "\(shown(cells[1])) is no \(type)")
            }
            let description = cells.dropFirst(2).joined(separator: ", ".utf8)
            try add([indicator], Array(description), line: line)
        }
    }

    private static func isHeader(_ cells: [[UInt8]]) -> Bool {
        let words = cells.prefix(2).map { String(decoding: $0, as: UTF8.self).lowercased() }
        return words == ["type", "value"] || ["value", "indicator"].contains(words[0]) && cells.count == 1
    }

    private static func guess(_ text: [UInt8]) -> Indicator? {
        if text.first == UInt8(ascii: "/") { return Indicator(.path, text) }
        if let address = Indicator(.address, text) { return address }
        if let hash = Indicator(.hash, text) { return hash }
        return text.contains(UInt8(ascii: ".")) ? Indicator(.domain, text) : nil
    }

    private static let csvKinds: [String: IndicatorKind] = [
        "ipv4": .address, "ipv6": .address, "address": .address, "cidr": .address, "network": .address,
        "hash": .hash, "path": .path, "file": .path,
    ]

    // MARK: JSON

    private mutating func readJSON(_ root: JSONNode) throws(TableProblem) {
        if let objects = root["objects"]?.list, root["type"]?.text.map({ $0.elementsEqual("bundle".utf8) }) ?? false {
            for object in objects { try readStix(object) }
            return
        }
        var found = false
        try readMISP(root, about: nil, depth: 0, &found)
        guard found else {
            throw TableProblem(
                file.path, line: root.line, "neither a STIX bundle (\"type\": \"bundle\") nor MISP (\"Attribute\")")
        }
    }

    /// Events, lists of events, `response` and objects in events all lead to lists named `Attribute`.
    private mutating func readMISP(
        _ node: JSONNode, about: [UInt8]?, depth: Int, _ found: inout Bool
    ) throws(TableProblem) {
        guard depth <= 8 else { return }
        if let items = node.list {
            for item in items { try readMISP(item, about: about, depth: depth + 1, &found) }
        }
        let about = node["info"]?.text ?? about
        for key in ["Event", "response", "Object"] {
            if let inner = node[key] { try readMISP(inner, about: about, depth: depth + 1, &found) }
        }
        if let attributes = node["Attribute"]?.list {
            found = true
            for attribute in attributes { try readAttribute(attribute, about: about) }
        }
    }

    private mutating func readAttribute(_ attribute: JSONNode, about: [UInt8]?) throws(TableProblem) {
        guard let type = attribute["type"]?.text, let value = attribute["value"]?.text else {
            throw TableProblem(file.path, line: attribute.line, "an attribute without type or value")
        }
        // MISP says which attributes are for detection.
        if let flag = attribute["to_ids"], flag.isFalse || attribute["deleted"]?.isTrue ?? false {
            skipped += 1
            return
        }
        let types = String(decoding: type, as: UTF8.self).split(separator: "|", omittingEmptySubsequences: false)
        let values = value.split(
            separator: UInt8(ascii: "|"), maxSplits: types.count - 1, omittingEmptySubsequences: false)
        guard types.count == values.count else {
            throw TableProblem(file.path, line: attribute.line, "\(shown(value)) is no \(shown(type))")
        }
        let comment = attribute["comment"]?.text
        let description = comment.map { $0.isEmpty ? about : $0 } ?? about
        var taken = false
        for (type, value) in zip(types, values) {
            guard let kind = Self.mispKinds[String(type)] else { continue }
            // A file's name without a folder is no path.
            if kind == .path, value.first != UInt8(ascii: "/") { continue }
            guard let indicator = Indicator(kind, Array(value)) else {
                throw TableProblem(file.path, line: attribute.line, "\(shown(Array(value))) is no \(type)")
            }
            try add([indicator], description, line: attribute.line)
            taken = true
        }
        if !taken { skipped += 1 }
    }

    private static let mispKinds: [String: IndicatorKind] = [
        "ip": .address, "ip-src": .address, "ip-dst": .address, "domain": .domain, "hostname": .domain, "md5": .hash,
        "sha1": .hash,
        "sha224": .hash, "sha256": .hash, "sha384": .hash, "sha512": .hash, "filename": .path,
    ]

    private mutating func readStix(_ object: JSONNode) throws(TableProblem) {
        guard let type = object["type"]?.text, type.elementsEqual("indicator".utf8) else { return }
        let isStix = object["pattern_type"]?.text.map { $0.elementsEqual("stix".utf8) } ?? true
        guard isStix, !(object["revoked"]?.isTrue ?? false) else {
            skipped += 1
            return
        }
        guard let pattern = object["pattern"], let text = pattern.text else {
            throw TableProblem(file.path, line: object.line, "an indicator without a pattern")
        }
        do throws(StixPattern.Failure) {
            let alternatives = try StixPattern(text).alternatives
            let description = object["name"]?.text ?? object["description"]?.text
            do throws(TableProblem) {
                for indicators in alternatives { try add(indicators, description, line: pattern.line) }
            } catch {
                throw .malformed(error.what, 0)
            }
        } catch {
            switch error {
            case .unsupported: skipped += 1
            case .malformed(let what, let place):
                throw TableProblem(file.path, line: pattern.line, "pattern, at byte \(place): \(what)")
            }
        }
    }
}
