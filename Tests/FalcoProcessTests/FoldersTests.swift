// SPDX-License-Identifier: Apache-2.0
import FalcoProcess
import Foundation
import Testing

struct FoldersTests {
    @Test func `a folder laid out as Falco's is read in Falco's order`() throws {
        let place = try TestFolder()
        for name in ["falco.yaml", "falco_rules.local.yaml", "falco_rules.yaml", "rules.d/b.yaml", "rules.d/a.yml"] {
            try place.write("[]", name)
        }
        let folders = FalcoFolders([place.path])
        let files = try folders.files().map { String($0.name.dropFirst(place.path.count + 1)) }
        #expect(files == ["falco_rules.yaml", "falco_rules.local.yaml", "rules.d/a.yml", "rules.d/b.yaml"])
        #expect(
            folders.names()
                == ["falco.yaml", "falco_rules.local.yaml", "falco_rules.yaml", "rules.d/a.yml", "rules.d/b.yaml"])
    }

    @Test func `any other folder is its YAML files by name, and files stand where they are configured`() throws {
        let place = try TestFolder()
        for name in ["own/z.yaml", "own/a.yaml", "own/readme.md", "own/.hidden.yaml", "first.yaml"] {
            try place.write("[]", name)
        }
        let folders = FalcoFolders(["\(place.path)/first.yaml", "\(place.path)/own"])
        #expect(
            try folders.files().map { URL(filePath: $0.name).lastPathComponent } == ["first.yaml", "a.yaml", "z.yaml"])
        #expect(try folders.path(named: "first.yaml") == "\(place.path)/first.yaml")
    }

    @Test(arguments: [
        "/etc/passwd", "../secret.yaml", "rules.d/../../secret.yaml", "", ".", "..", "rules.d/", "//a.yaml",
        ".hidden.yaml",
        "a\u{0}.yaml", "a\n.yaml", "C:\\a.yaml", "secret.txt", "link.yaml", "linked/secret.yaml", "pipe.yaml",
        "rules.d/./a.yaml", "a/b/c/d/e.yaml", "nothing.yaml",
    ])
    func `a name never leads out of its folder`(_ name: String) throws {
        let place = try TestFolder()
        try place.write("password: secret", "secret.yaml")
        try place.write("[]", "rules/rules.d/a.yaml")
        try place.write("x", "rules/secret.txt")
        try place.write("[]", "rules/.hidden.yaml")
        try FileManager.default.createSymbolicLink(
            atPath: "\(place.path)/rules/link.yaml", withDestinationPath: "\(place.path)/secret.yaml")
        try FileManager.default.createSymbolicLink(
            atPath: "\(place.path)/rules/linked", withDestinationPath: place.path)
        #expect(unsafe mkfifo("\(place.path)/rules/pipe.yaml", 0o600) == 0)
        let folders = FalcoFolders(["\(place.path)/rules"])
        #expect(throws: FalcoFolders.Refusal.self) { try folders.path(named: name) }
    }

    @Test func `a link that stays in its folder is followed, as Kubernetes mounts files`() throws {
        let place = try TestFolder()
        try place.write("[]", "..2026/own.yaml")
        try FileManager.default.createSymbolicLink(
            atPath: "\(place.path)/own.yaml", withDestinationPath: "..2026/own.yaml")
        #expect(try FalcoFolders([place.path]).path(named: "own.yaml") == "\(place.path)/..2026/own.yaml")
    }

    @Test func `what is configured and not there is said`() {
        let refusal = #expect(throws: FalcoFolders.Refusal.self) { try FalcoFolders(["/nowhere/at.yaml"]).files() }
        #expect(refusal?.sentence == "there is no rules file or folder /nowhere/at.yaml")
    }
}

/// A folder of one test, gone with it.
final class TestFolder {
    let path: String

    init() throws {
        let made = FileManager.default.temporaryDirectory.appending(path: "falco-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: made, withIntermediateDirectories: true)
        path = made.resolvingSymlinksInPath().path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ text: String, _ name: String) throws {
        let file = URL(filePath: "\(path)/\(name)")
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }
}
