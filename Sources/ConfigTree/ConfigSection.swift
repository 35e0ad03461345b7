// SPDX-License-Identifier: Apache-2.0

/// One map of the configuration while its keys are declared.
///
/// A declaration function, `init(_ section: inout ConfigSection)`, names every key once with its type, default, range
/// and help; the same calls read a file and write the reference. A wrong value is recorded as a problem and the default
/// stands in for it, so that one run finds all problems; the result counts only when there are none.
/// Pure: no I/O, no clock. Keys that were not declared are problems when the section ends.
public struct ConfigSection {
    /// The pairs of the map; empty when the section was left out.
    let pairs: [String: ConfigNode.Pair]
    /// Where the section stands, for problems of the section as a whole.
    public let place: ConfigPlace?
    /// The key path; empty for the root.
    public let path: String
    /// Where relative paths start.
    let folder: String
    /// The declarations run for the reference only; nothing is missing then.
    let isDocumenting: Bool

    private(set) var problems: [ConfigProblem] = []
    private(set) var entries: [ConfigEntry] = []
    private var declared: [String] = []
    private var laterKeys: Set<String> = []

    init(_ pairs: [ConfigNode.Pair], place: ConfigPlace?, path: String, folder: String, isDocumenting: Bool) {
        self.pairs = Dictionary(pairs.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        self.place = place
        self.path = path
        self.folder = folder
        self.isDocumenting = isDocumenting
    }

    /// Was the key written, with whatever value?
    public func has(_ key: String) -> Bool { pairs[key] != nil }

    /// Where a key stands, or else its section.
    public func place(of key: String) -> ConfigPlace? { pairs[key]?.place ?? place }

    /// Records a finding of the declaration's own, about one of its keys.
    public mutating func report(
        _ severity: ConfigProblem.Severity, _ key: String, _ what: String, allowed: String? = nil,
        suggestion: String? = nil
    ) {
        guard !isDocumenting else { return }
        add(
            ConfigProblem(severity, at: place(of: key), key: child(key), what, allowed: allowed, suggestion: suggestion)
        )
    }

    /// Records a problem whose place is known. For checks across sections.
    public mutating func report(_ problem: ConfigProblem) {
        guard !isDocumenting else { return }
        add(problem)
    }

    /// Names keys that later versions have: refused with a message of their own, absent from the reference.
    public mutating func later(_ keys: String...) {
        for key in keys {
            laterKeys.insert(key)
            if let pair = pairs[key] {
                add(ConfigProblem(.error, at: pair.place, key: child(key), "not available in this version"))
            }
        }
    }

    /// The node of a key that has a value. A key without one is a problem, unless `nullable`.
    mutating func take(_ key: String, nullable: Bool = false) -> ConfigNode? {
        declared.append(key)
        guard let pair = pairs[key] else { return nil }
        guard pair.value.isNull else { return pair.value }
        if !nullable {
            add(
                ConfigProblem(
                    .error, at: pair.place, key: child(key), "has no value; remove the key to get the default"))
        }
        return nil
    }

    mutating func record(_ key: String, _ help: String, _ kind: ConfigEntry.Kind) {
        guard isDocumenting else { return }
        entries.append(ConfigEntry(key: key, help: help, kind: kind))
    }

    mutating func add(_ problem: ConfigProblem) {
        // One more than is shown, so that the report can say that there are more.
        if problems.count <= ConfigLimit.problems { problems.append(problem) }
    }

    /// Runs a declaration over a map below this one and takes over what it found.
    mutating func descend<Value>(
        into pairs: [ConfigNode.Pair], at place: ConfigPlace?, path: String, _ declare: (inout ConfigSection) -> Value
    ) -> (value: Value, entries: [ConfigEntry], places: [String: ConfigPlace]) {
        var child = ConfigSection(pairs, place: place, path: path, folder: folder, isDocumenting: isDocumenting)
        let value = declare(&child)
        child.refuseUndeclared()
        for problem in child.problems { add(problem) }
        return (value, child.entries, child.pairs.mapValues(\.place))
    }

    mutating func refuseUndeclared() {
        let known = Set(declared).union(laterKeys)
        for pair in pairs.values where !known.contains(pair.key) {
            let meant = Spelling.closest(to: pair.key, among: declared)
            let allowed = meant == nil ? declared.joined(separator: ", ") : nil
            add(
                ConfigProblem(
                    .error, at: pair.place, key: child(pair.key), "unknown key", allowed: allowed, suggestion: meant))
        }
    }

    /// The path of a key of this section.
    func child(_ key: String) -> String {
        let isWord =
            !key.isEmpty && key.utf8.count <= 60
            && key.unicodeScalars.allSatisfy { scalar in
                switch scalar {
                case "a" ... "z", "A" ... "Z", "0" ... "9", "_", "-": true
                default: false
                }
            }
        let name = isWord ? key : quoted(key)
        return path.isEmpty ? name : "\(path).\(name)"
    }
}
