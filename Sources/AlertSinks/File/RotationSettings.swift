// SPDX-License-Identifier: Apache-2.0
public import ConfigTree

/// When a file sink renames its file and begins another, and what becomes of the old ones.
public struct RotationSettings: Sendable, Hashable {
    /// How files are packed that were rotated away.
    public enum Compression: String, CaseIterable, Sendable {
        case zstd, gzip, none

        var packing: StreamCompression? {
            switch self {
            case .zstd: .zstd
            case .gzip: .gzip
            case .none: nil
            }
        }
    }

    /// A batch that would make the file longer goes into a new one.
    public var sizeBytes: Int
    /// A file holds the records of one period; periods begin at multiples of this in UTC. nil: any.
    public var age: Duration?
    /// Rotated files that stay.
    public var keep: Int
    /// Rotated files older than this go, however few there are. nil: none.
    public var keepAge: Duration?
    public var compression: Compression

    public init(
        sizeBytes: Int = 256 << 20, age: Duration? = nil, keep: Int = 14, keepAge: Duration? = nil,
        compression: Compression = .zstd
    ) {
        self.sizeBytes = sizeBytes
        self.age = age
        self.keep = keep
        self.keepAge = keepAge
        self.compression = compression
    }

    public init(_ section: inout ConfigSection) {
        self.init()
        sizeBytes = section.size(
            "size", default: sizeBytes, in: 1 << 20 ... 1 << 40,
            help: "What would make the file longer goes into a new one; the old one is called alerts-<UTC time>.json.")
        age = section.optional(
            "age", .duration(in: .seconds(60) ... .seconds(366 * 86_400)), whenAbsent: "any",
            help: "A file holds the records of one period of this length in UTC: 1d is a day, 1h a full hour.")
        keep = section.integer("keep", default: keep, in: 1 ... 10_000, help: "Rotated files that stay; the oldest go.")
        keepAge = section.optional(
            "keep_age", .duration(in: .seconds(60) ... .seconds(3_660 * 86_400)), whenAbsent: "any",
            help: "Rotated files older than this go, however few there are.")
        compression = section.choice(
            "compress", default: compression,
            help: "How rotated files are packed, once everything in them is behind the stored cursor.")
    }
}
