// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Matching

/// The paths of a `pmatch` list: a path matches when it is one of them or lies below one of them, part by part.
///
/// Empty parts do not count, `/etc//ssh/` is `/etc/ssh`; a part with `*`, `?` or `[` is a pattern for one part.
struct PathPrefixes: Sendable {
    private struct Prefix: Sendable {
        let isAbsolute: Bool
        let parts: [Part]
    }

    private enum Part: Sendable {
        case text([UInt8])
        case glob(Glob)
    }

    private let prefixes: [Prefix]

    init(_ paths: [[UInt8]]) {
        prefixes = paths.map { path in
            let parts = path.split(separator: UInt8(ascii: "/")).map { part in
                part.contains { "*?[".utf8.contains($0) } ? Part.glob(Glob(shell: Array(part))) : Part.text(Array(part))
            }
            return Prefix(isAbsolute: path.first == UInt8(ascii: "/"), parts: parts)
        }
    }

    func matches(_ path: Span<UInt8>) -> Bool {
        for index in prefixes.indices where Self.covers(prefixes[index], path) { return true }
        return false
    }

    private static func covers(_ prefix: Prefix, _ path: Span<UInt8>) -> Bool {
        let slash = UInt8(ascii: "/")
        guard !path.isEmpty, (path[0] == slash) == prefix.isAbsolute else { return false }
        var place = 0
        for index in prefix.parts.indices {
            while place < path.count, path[place] == slash { place += 1 }
            let start = place
            while place < path.count, path[place] != slash { place += 1 }
            guard place > start else { return false }
            let part = path.extracting(start ..< place)
            switch prefix.parts[index] {
            case .text(let text): guard part.equals(text.span) else { return false }
            case .glob(let glob): guard glob.matches(part) else { return false }
            }
        }
        return prefix.isAbsolute || !prefix.parts.isEmpty
    }
}
