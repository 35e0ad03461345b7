// SPDX-License-Identifier: Apache-2.0

/// Which file to read alerts from, and whether to stay with it.
public struct FileSourceSettings: Sendable, Hashable {
    /// JSON lines; `.pb`: length-delimited responses; `.gz`, `.zst`: either, compressed.
    public var path: String
    /// Wait for more at the end, through rotation. Only for JSON lines.
    public var follow: Bool
    /// The longest line or message. A longer one is skipped and becomes a dead letter.
    public var receiveLimitBytes: Int
    /// Where the very first run begins in a followed file that is there already.
    public var from: FirstPlace

    public enum FirstPlace: String, CaseIterable, Sendable { case start, end }

    public init(
        path: String, follow: Bool = false, receiveLimitBytes: Int = 64 << 20, from: FirstPlace = .start
    ) {
        self.path = path
        self.follow = follow
        self.receiveLimitBytes = receiveLimitBytes
        self.from = from
    }

    /// Can the file grow while it is read? Decided by its name.
    public static func canFollow(_ path: String) -> Bool { ![".pb", ".gz", ".zst"].contains { path.hasSuffix($0) } }
}
