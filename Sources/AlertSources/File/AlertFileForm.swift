// SPDX-License-Identifier: Apache-2.0

/// What a file of alerts holds, told by its name: `alerts.json`, `alerts.jsonl.zst`, `alerts.pb.gz`.
public struct AlertFileForm: Hashable, Sendable {
    public enum Units: Sendable {
        /// JSON objects, one a line.
        case lines
        /// `falco.outputs.response` messages, each behind its length as a varint.
        case responses
    }

    public enum Compression: Sendable { case none, gzip, zstd }

    public let units: Units
    public let compression: Compression

    public init(units: Units, compression: Compression = .none) {
        self.units = units
        self.compression = compression
    }

    public init(path: String) {
        var name = path[...]
        func strip(_ suffix: String) -> Bool {
            guard name.hasSuffix(suffix) else { return false }
            name.removeLast(suffix.count)
            return true
        }
        compression = strip(".gz") ? .gzip : strip(".zst") ? .zstd : .none
        units = strip(".pb") ? .responses : .lines
    }
}
