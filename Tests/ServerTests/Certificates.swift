// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Certificates made for one test, in a folder that goes with it: two authorities, a server's and a client's of the
/// first, a client's of the second.
final class Certificates: Sendable {
    let folder: URL

    struct Failed: Error { let arguments: [String], output: String }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "creance-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for authority in ["ca", "stranger"] {
            try openssl(
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=\(authority)", "-keyout", "\(authority).key", "-out", "\(authority).crt")
        }
        try issue("server", by: "ca")
        try issue("client", by: "ca")
        try issue("intruder", by: "stranger")
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func path(_ name: String) -> String { folder.appending(path: name).path }

    func issue(_ name: String, by authority: String) throws {
        try openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=\(name)",
            "-keyout", "\(name).key", "-out", "\(name).csr")
        try "subjectAltName=DNS:localhost,IP:127.0.0.1\n"
            .write(to: folder.appending(path: "extensions"), atomically: true, encoding: .utf8)
        try openssl(
            "x509", "-req", "-in", "\(name).csr", "-CA", "\(authority).crt", "-CAkey", "\(authority).key",
            "-CAcreateserial", "-days", "2", "-extfile", "extensions", "-out", "\(name).crt")
    }

    private func openssl(_ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = folder
        let output = Pipe()
        process.standardError = output
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failed(arguments: arguments, output: text) }
    }
}
