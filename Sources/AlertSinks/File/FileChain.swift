// SPDX-License-Identifier: Apache-2.0

/// The files that may hold lines from a position on, in the order they were written.
///
/// `position` names a file by its inode: the one now written to, one that the sink rotated away (then all that it rotated
/// away later follow), or one that logrotate renamed. Packed files are not in it: none is packed before the stored cursor
/// has passed it (`RotationUpkeep`).
struct FileChain {
    struct Link {
        let file: OutputFile
        let inode: UInt64
        /// Where the lines behind the position begin.
        let place: Int64
    }

    /// More files than this are not opened; the newest count.
    static let limit = 256

    private(set) var links: [Link] = []

    /// `opened`: what `path` leads to now.
    init(_ path: String, _ opened: OutputFile, _ status: FileStatus, from position: FilePosition?) {
        gather(path, opened, status, position)
    }

    private mutating func gather(
        _ path: String, _ opened: OutputFile, _ status: FileStatus, _ position: FilePosition?
    ) {
        if let position, position.inode == status.inode {
            // Shorter than the cursor says: it was truncated, and what it holds now came after.
            return append(opened, status, position.length)
        }
        guard let (folder, name) = FilePath.resolved(path) else { return append(opened, status, nil) }
        let listing = FilePath.names(in: folder)
        let names = RotatedNames(name)
        let rotated = listing.compactMap { names.file($0.name) }.filter { $0.form == .plain }
            .sorted { $0.stamp < $1.stamp }
        if let position, let (found, stamp) = Self.find(position.inode, listing, names, folder) {
            append(found, found.status, position.length)
            if let stamp {
                open(rotated.filter { $0.stamp > stamp }, folder) { _ in 0 }
            } else if let status = found.status {
                follow(status, listing.map(\.name).filter { $0 != name && $0.hasPrefix(name) }, folder)
            }
            if links.isEmpty, status.length == 0 { return }
            return append(opened, status, 0)
        }
        lookBack(rotated, folder, status)
        if links.isEmpty, status.length == 0 { return }
        append(opened, status, nil)
    }

    /// A regular file with this inode, and the stamp in its name if it has one.
    private static func find(
        _ inode: UInt64, _ listing: [(name: String, inode: UInt64)], _ names: RotatedNames, _ folder: String
    ) -> (OutputFile, String?)? {
        for entry in listing where entry.inode == inode {
            guard let file = OutputFile(path: "\(folder)/\(entry.name)", creating: nil), let status = file.status,
                status.inode == inode, status.kind == .regular
            else { continue }
            return (file, names.file(entry.name).flatMap { $0.form == .plain ? $0.stamp : nil })
        }
        return nil
    }

    /// What logrotate renamed after the file with this status: names that begin like the file's (`alerts.json.1`,
    /// `alerts.json-20261122`), in the order of their last lines. Packed ones hold none of ours, and are passed over.
    private mutating func follow(_ first: FileStatus, _ names: [String], _ folder: String) {
        var later: [(file: OutputFile, status: FileStatus)] = []
        for name in names where later.count < Self.limit {
            guard let named = FilePath.status(of: "\(folder)/\(name)"), named.kind == .regular,
                named.modified > first.modified,
                let file = OutputFile(path: "\(folder)/\(name)", creating: nil), let status = file.status
            else { continue }
            later.append((file, status))
        }
        for one in later.sorted(by: { $0.status.modified < $1.status.modified }) { append(one.file, one.status, 0) }
    }

    /// The newest rotated files, as far as lines without a known place are looked for.
    private mutating func lookBack(_ rotated: [RotatedNames.File], _ folder: String, _ status: FileStatus) {
        var room = FileTail.lookBackBytes - status.length
        var wanted: [RotatedNames.File] = []
        for file in rotated.reversed() where room > 0 {
            guard let length = FilePath.status(of: "\(folder)/\(file.name)")?.length else { continue }
            wanted.insert(file, at: 0)
            room -= length
        }
        open(wanted, folder) { max(0, $0.length - FileTail.lookBackBytes) }
    }

    private mutating func open(_ files: [RotatedNames.File], _ folder: String, from place: (FileStatus) -> Int64) {
        for one in files.suffix(Self.limit) {
            guard let file = OutputFile(path: "\(folder)/\(one.name)", creating: nil), let status = file.status else {
                continue
            }
            append(file, status, place(status))
        }
    }

    private mutating func append(_ file: OutputFile, _ status: FileStatus?, _ place: Int64?) {
        guard let status else { return }
        let known = place.flatMap { $0 <= status.length ? $0 : nil }
        links.append(
            Link(
                file: file, inode: status.inode, place: known ?? max(0, status.length - FileTail.lookBackBytes)))
    }
}
