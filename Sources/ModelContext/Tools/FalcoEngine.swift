// SPDX-License-Identifier: Apache-2.0
import FalcoProcess
import FalcoRules
import Foundation
import MCPProtocol
import Synchronization

/// Who answers the falco_* tools: the configured executable, or this project's reader of rules. Any task.
final class FalcoEngine: Sendable {
    /// Runs at one time; a model that asks for more is told to wait.
    static let runLimit = 3
    static let ownName = "creance"

    let process: FalcoProcess?
    private let running = Mutex(0)
    /// The version of the executable that had this size and time.
    private let known = Mutex<(stamp: String, name: String)?>(nil)

    init(_ settings: FalcoProcess.Settings?) { process = settings.map(FalcoProcess.init) }

    /// A tool that cannot work without one.
    static let noExecutable = ToolProblem(
        "No falco executable is configured (falco.executable), so nothing can be run. These tools work without one: "
            + "falco_validate_rules, falco_list_rules, falco_describe_rule, falco_list_fields, falco_get_version, "
            + "falco_dry_run (rules only), and falco_start_monitoring where a source is configured.")

    /// Runs Falco with this call's files in a folder of their own, which goes when the run has ended.
    func run(
        _ process: FalcoProcess, _ arguments: [String], _ input: FalcoInput?, _ folders: FalcoFolders
    ) async throws(ToolProblem) -> FalcoProcess.Answer {
        let isFree = running.withLock { running in
            guard running < Self.runLimit else { return false }
            running += 1
            return true
        }
        guard isFree else { throw ToolProblem("\(Self.runLimit) runs of falco are under way; try again in a moment.") }
        defer { running.withLock { $0 -= 1 } }
        do throws(FalcoFailure) {
            let folder = try PrivateFolder()
            defer { folder.remove() }
            var all: [String] = []
            if let input { all = try Self.prepare(input, folder, folders) }
            return try await process.run(all + arguments, in: folder.path)
        } catch {
            throw ToolProblem(Self.told(error))
        }
    }

    /// What a run says that came to nothing; its executable's path is the operator's, and stays with him.
    static func told(_ failure: FalcoFailure) -> String {
        let sentence: String =
            switch failure {
            case .notStarted: "the configured falco executable cannot be started (falco.executable)"
            default: failure.sentence
            }
        return sentence.prefix(1).uppercased() + sentence.dropFirst() + "."
    }

    /// Writes what the caller passed as text, and gives the arguments for the configuration.
    static func prepare(
        _ input: FalcoInput, _ folder: PrivateFolder, _ folders: FalcoFolders
    ) throws(FalcoFailure) -> [String] {
        for case .text(let bytes) in input.rules { try folder.write(bytes, as: FalcoInput.inlineRules) }
        switch input.config {
        case .file(let path)?: return ["-c", path]
        case .text(let bytes)?:
            try folder.write(bytes, as: FalcoInput.inlineConfig)
            return ["-c", FalcoInput.inlineConfig]
        case nil: break
        }
        if let path = try? folders.path(named: "falco.yaml") { return ["-c", path] }
        // Without any, Falco does not start; its own place it finds by itself.
        guard !FileManager.default.fileExists(atPath: "\(FalcoFolders.standard)/falco.yaml") else { return [] }
        try folder.write(Array("{\"stdout_output\": {\"enabled\": true}}\n".utf8), as: FalcoInput.inlineConfig)
        return ["-c", FalcoInput.inlineConfig]
    }

    /// `-r` or `-V` for each rules file.
    static func arguments(_ option: String, _ input: FalcoInput) -> [String] {
        input.rules.flatMap { rules in
            switch rules {
            case .file(let path, _): [option, path]
            case .text: [option, FalcoInput.inlineRules]
            }
        }
    }

    // MARK: Its version

    /// `falco 0.43.1`, or `creance`.
    func name() async -> String {
        guard let process else { return Self.ownName }
        let attributes = try? FileManager.default.attributesOfItem(atPath: process.settings.executable)
        let stamp = "\(attributes?[.size] ?? 0) \(attributes?[.modificationDate] ?? 0)"
        if let name = known.withLock({ $0 }), name.stamp == stamp { return name.name }
        guard let versions = try? await versions(), let version = versions["falco_version"]?.string else {
            return "falco"
        }
        var text = FalcoText()
        let name = "falco \(text.short(version, limit: 40))"
        known.withLock { $0 = (stamp, name) }
        return name
    }

    /// What `falco --version` says; nil without an executable.
    func versions() async throws(ToolProblem) -> JSONObject? {
        guard let process else { return nil }
        let answer: FalcoProcess.Answer
        do {
            answer = try await process.run(["-o", "json_output=true", "--version"])
        } catch {
            throw ToolProblem(Self.told(error))
        }
        guard let object = FalcoReply.object(in: answer.output), object["falco_version"]?.string != nil else {
            throw ToolProblem("The configured executable does not answer as Falco does: it tells no version.")
        }
        return object
    }
}
