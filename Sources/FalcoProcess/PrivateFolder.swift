// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// A folder for the files of one run of Falco, readable by this user only. `remove` takes it away with all in it.
public struct PrivateFolder: Sendable {
    public let path: String

    /// - Throws: `FalcoFailure.failed` when the system lets none be made.
    public init() throws(FalcoFailure) {
        let parent = FileManager.default.temporaryDirectory.path
        path = "\(parent)/creance-falco-\(UUID().uuidString)"
        do {
            // Never one that was there before.
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        } catch {
            throw .failed("no folder can be made in \(parent)")
        }
    }

    /// - Parameter name: constant; no separators.
    public func write(_ bytes: [UInt8], as name: String) throws(FalcoFailure) {
        guard
            FileManager.default.createFile(
                atPath: "\(path)/\(name)", contents: Data(bytes), attributes: [.posixPermissions: 0o600])
        else { throw .failed("no file can be written in \(path)") }
    }

    public func remove() { try? FileManager.default.removeItem(atPath: path) }
}
