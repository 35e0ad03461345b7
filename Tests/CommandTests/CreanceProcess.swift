// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// The built `creance`, run once to its end.
struct CreanceProcess {
    let exitCode: Int32
    let output: String
    let errors: String

    /// Beside the test bundle; found by walking up from it.
    static let binary: String? = {
        var folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        var places = [folder, Bundle.main.bundleURL.deletingLastPathComponent(), Bundle.main.bundleURL]
        for _ in 0 ..< 4 {
            folder.deleteLastPathComponent()
            places.append(folder)
        }
        return places.map { $0.appendingPathComponent("creance") }.first {
            (try? $0.resourceValues(forKeys: [.isRegularFileKey]))?.isRegularFile == true
        }?.path
    }()

    /// Without colours, without a configuration of this machine's, in `folder`.
    @discardableResult
    static func run(_ arguments: String..., in folder: TemporaryFolder? = nil, environment: [String: String] = [:])
        throws -> CreanceProcess
    {
        try run(list: arguments, in: folder, environment: environment)
    }

    @discardableResult
    static func run(list arguments: [String], in folder: TemporaryFolder? = nil, environment: [String: String] = [:])
        throws -> CreanceProcess
    {
        let own = try folder ?? TemporaryFolder()
        let (output, errors) = (own.path("stdout"), own.path("stderr"))
        // Files, not pipes: nobody has to empty them.
        for path in [output, errors] { try Data().write(to: URL(fileURLWithPath: path)) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(binary))
        process.arguments = arguments
        process.currentDirectoryURL = own.url
        process.environment = ["HOME": own.url.path, "STATE_DIRECTORY": own.path("state"), "COLUMNS": "80"].merging(
            environment
        ) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errors))
        try process.run()
        process.waitUntilExit()
        return CreanceProcess(
            exitCode: process.terminationStatus, output: try own.read("stdout"), errors: try own.read("stderr"))
    }
}

/// A folder that goes with its last user.
final class TemporaryFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("creance-commands-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: url.appendingPathComponent(name))
    }

    func read(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: url.appendingPathComponent(name)), as: UTF8.self)
    }

    func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: url.appendingPathComponent(name))) }
}
