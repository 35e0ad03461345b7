// SPDX-License-Identifier: Apache-2.0
import Foundation
import Pipeline

/// Where a demonstration lives: its socket, journal and output, made anew each time.
struct DemoFolder {
    let path: String
    /// Of the stand-in for Falco.
    var socket: String { "\(sockets)/falco.sock" }
    /// For assistants.
    var assistants: String { "\(sockets)/mcp.sock" }
    private var control: String { "\(sockets)/control.sock" }
    /// A socket's path may have only 107 bytes.
    private var sockets: String {
        FileManager.default.currentDirectoryPath.utf8.count + path.utf8.count < 80
            ? absolute : "/tmp/creance-demo-\(getpid())"
    }
    var output: String { "\(path)/alerts.jsonl" }
    /// The journal's size; after a clean stop it is one file.
    var journalBytes: Int { (try? FileManager.default.attributesOfItem(atPath: journal)[.size] as? Int) ?? 0 }
    var journal: String { "\(path)/journal.db" }
    /// The configuration, for programs that are started somewhere else.
    var configurationFile: String { "\(absolute)/creance.yaml" }
    private var absolute: String { path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)" }

    init(_ path: String) throws {
        self.path = path
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try FileManager.default.createDirectory(
                atPath: (socket as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try Self.refuseForeign(path)
            for old in [output, journal, journal + "-wal", journal + "-shm"]
            where FileManager.default.fileExists(atPath: old) {
                try FileManager.default.removeItem(atPath: old)
            }
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure.input("\(path) cannot be used: \(error.localizedDescription)")
        }
    }

    private static let mark = "# What `creance demo` ran with."

    /// Only a folder that is empty, or that an earlier demonstration made, is emptied.
    private static func refuseForeign(_ path: String) throws {
        let known: Set = ["falco.sock", "mcp.sock", "control.sock", "alerts.jsonl", "creance.yaml"]
        let entries = try FileManager.default.contentsOfDirectory(atPath: path)
        let isOurs = (try? String(contentsOfFile: "\(path)/creance.yaml", encoding: .utf8))?.hasPrefix(mark) ?? false
        guard isOurs || entries.allSatisfy({ known.contains($0) && $0 != "alerts.jsonl" && $0 != "creance.yaml" })
        else {
            throw CommandFailure.input(
                "\(path) holds files that no demonstration made; choose another with --directory")
        }
    }

    /// The configuration as a user would write it, kept beside the output to be looked at.
    func configuration(printsAlerts: Bool) throws -> LoadedConfiguration {
        let text = """
            \(Self.mark) Try: creance run -c FILE
            sources:
              falco: { type: falco_grpc, address: "unix://\(socket)" }
              http: { type: falco_http, path: / }
            journal: { path: "\(absolute)/journal.db" }
            sinks:
              archive: { type: file, path: "\(absolute)/alerts.jsonl", format: creance }
            \(printsAlerts ? "  console: { type: stdout, format: text }" : "")
            server: { listen: 127.0.0.1:0, control: "\(control)", drain: 5s }
            mcp: { socket: "\(assistants)" }

            """
        let file = "\(path)/creance.yaml"
        do { try text.write(toFile: file, atomically: true, encoding: .utf8) } catch {
            throw CommandFailure.input("\(file) cannot be written: \(error.localizedDescription)")
        }
        return try LoadedConfiguration(file)
    }
}
