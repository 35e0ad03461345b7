// SPDX-License-Identifier: Apache-2.0
import Foundation
import Pipeline

/// Where a demonstration lives: its socket, journal and output, made anew each time.
struct DemoFolder {
    let path: String
    /// Relative: a socket's path may have only 107 bytes.
    var socket: String { "\(FileManager.default.currentDirectoryPath.utf8.count + path.utf8.count < 80 ? absolute : "/tmp/creance-demo-\(getpid())")/falco.sock" }
    var output: String { "\(path)/alerts.jsonl" }
    var journal: String { "\(path)/journal.db" }
    private var absolute: String { path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)" }

    init(_ path: String) throws {
        self.path = path
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try FileManager.default.createDirectory(
                atPath: (socket as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            for old in [output, journal, journal + "-wal", journal + "-shm"] where FileManager.default.fileExists(atPath: old) {
                try FileManager.default.removeItem(atPath: old)
            }
        } catch {
            throw CommandFailure.input("\(path) cannot be used: \(error.localizedDescription)")
        }
    }

    /// The configuration as a user would write it, kept beside the output to be looked at.
    func configuration(printsAlerts: Bool) throws -> LoadedConfiguration {
        let text = """
            # What `creance demo` ran with. Try: creance run -c FILE
            sources:
              falco: { type: falco_grpc, address: "unix://\(socket)" }
              http: { type: falco_http, path: / }
            journal: { path: "\(absolute)/journal.db" }
            sinks:
              archive: { type: file, path: "\(absolute)/alerts.jsonl", format: creance }
            \(printsAlerts ? "  console: { type: stdout, format: text }" : "")
            server: { listen: 127.0.0.1:0, drain: 5s }

            """
        let file = "\(path)/creance.yaml"
        do { try text.write(toFile: file, atomically: true, encoding: .utf8) } catch {
            throw CommandFailure.input("\(file) cannot be written: \(error.localizedDescription)")
        }
        return try LoadedConfiguration(file)
    }
}
