// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// Decides when a followed file has grown, was emptied under us, or was replaced by the next one.
///
/// Pure. The caller looks at the path FIRST and at the open file after it: when the path's new file already has content,
/// its writer has left the old one, so an old one then found read to its end is complete.
struct Rotation {
    /// A replaced file is also left when nothing came to it, nor to its successor, for this long: it holds disk space.
    static let patience = Duration.seconds(60)

    enum Step: Hashable {
        /// There is more to read in the open file.
        case read
        case wait
        /// The open file is not what was read of it: emptied by copy-truncate, or written anew. `unread`: it was seen to
        /// hold more than was read.
        case startOver(unread: Bool)
        /// The open file is read to its end and another stands at the path.
        case moveOn
    }

    /// What was seen.
    struct Look {
        /// What stands at the path; nil when nothing does.
        var path: FileStatus?
        var open: FileStatus
        /// The bytes before the place last committed are still the same ones.
        var anchorHolds: Bool
    }

    /// Bytes of the open file that were read.
    var readBytes: Int
    private var seenBytes: Int
    private var lastGrowth: EventTime

    init(readBytes: Int, now: EventTime) {
        self.readBytes = readBytes
        seenBytes = readBytes
        lastGrowth = now
    }

    mutating func decide(_ look: Look, now: EventTime) -> Step {
        if look.open.size < readBytes || !look.anchorHolds { return .startOver(unread: seenBytes > readBytes) }
        if look.open.size > seenBytes {
            seenBytes = look.open.size
            lastGrowth = now
        }
        if look.open.size > readBytes { return .read }
        guard let path = look.path, path.identity != look.open.identity else { return .wait }
        let isPatienceOver = now.since(lastGrowth) >= Self.patience
        return path.size > 0 || isPatienceOver ? .moveOn : .wait
    }
}

/// A file in the folder of a followed one: it, what became of it, or what will.
struct Sibling: Hashable, Sendable {
    let name: String
    let status: FileStatus
}

extension Sibling {
    /// Is `candidate` what a rotation makes of `name`: `alerts.json.1`, `alerts.json-20260528`, not `alerts.json.1.gz`?
    static func isRotated(_ candidate: String, from name: String) -> Bool {
        guard candidate.utf8.count > name.utf8.count + 1, candidate.hasPrefix(name) else { return false }
        let suffix = candidate.utf8.dropFirst(name.utf8.count)
        let mark = suffix.first
        guard mark == UInt8(ascii: ".") || mark == UInt8(ascii: "-") else { return false }
        return suffix.dropFirst().allSatisfy { byte in
            UInt8(ascii: "0") ... UInt8(ascii: "9") ~= byte || "-_:.TZ".utf8.contains(byte)
        }
    }

    /// The file that was written after one last written at `modified`: where reading goes on. Rotated files keep the time
    /// of their last write, so their order is the order of writing; `name` itself is the newest.
    static func next(
        after identity: FileIdentity?, modified: EventTime, name: String, among siblings: [Sibling]
    ) -> Sibling? {
        let rotated = siblings.filter {
            $0.name != name && $0.status.identity != identity && $0.status.modified > modified && $0.status.size > 0
        }
        let oldest = rotated.min { ($0.status.modified, $0.name) < ($1.status.modified, $1.name) }
        return oldest ?? siblings.first { $0.name == name && $0.status.identity != identity }
    }
}
