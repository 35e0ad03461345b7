// SPDX-License-Identifier: Apache-2.0
public import ConfigTree
import Foundation

/// The read step: which file, and its bytes.
public enum ConfigurationFile {
    /// Used when no `-c` is given and it exists.
    public static let standardPath = "/etc/creance/creance.yaml"

    /// The file to read; absent: there is none and everything has its default.
    public static func find(given: String?) -> String? {
        given ?? (FileManager.default.fileExists(atPath: standardPath) ? standardPath : nil)
    }

    /// Reads and checks. Starts and opens nothing but the file.
    ///
    /// - Parameter path: absent: the outcome is what there is without a file.
    public static func check(_ path: String?) -> ConfigOutcome<Configuration> {
        guard let path else { return Configuration.check([], file: "") }
        do {
            return Configuration.check(try bytes(of: path), file: path)
        } catch {
            let reason = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
            let what =
                "cannot be read: \(reason?.localizedFailureReason ?? reason?.localizedDescription ?? error.localizedDescription)"
            let place = ConfigPlace(file: path, line: 1, column: 1)
            return ConfigOutcome(refused: ConfigProblem(.error, at: place, key: "", what))
        }
    }

    /// At most one byte more than a configuration may have, which the check then refuses.
    static func bytes(of path: String) throws -> [UInt8] {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? file.close() }
        var bytes: [UInt8] = []
        while bytes.count <= ConfigLimit.bytes {
            guard let part = try file.read(upToCount: ConfigLimit.bytes + 1 - bytes.count), !part.isEmpty else { break }
            bytes += part
        }
        return bytes
    }
}
