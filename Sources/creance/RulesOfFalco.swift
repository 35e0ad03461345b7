// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import FalcoProcess
import FalcoRules
import Foundation

/// Which of Falco's rules files a command reads, and what comes of them.
struct RulesOfFalco {
    let read: FalcoRuleFiles

    /// - Parameter paths: files, folders, `-` for standard input; none: those of the configuration, else of Falco's
    ///   packages.
    init(_ paths: [String], _ options: ConfigurationOptions) throws {
        var files: [FalcoRuleFiles.File] = []
        for path in paths.isEmpty ? try Self.usual(options) : paths {
            if path == "-" {
                files.append(FalcoRuleFiles.File(name: "-", content: try Self.standardInput()))
                continue
            }
            do throws(FalcoFolders.Refusal) {
                files += try FalcoFolders([path]).files()
            } catch {
                throw CommandFailure.input(SafeText.visible(error.sentence))
            }
        }
        guard !files.isEmpty else {
            throw CommandFailure.input("there is no rules file in \(paths.joined(separator: ", "))")
        }
        read = FalcoRuleFiles(files)
    }

    private static func usual(_ options: ConfigurationOptions) throws -> [String] {
        let configured = try options.load().falco.rules
        if !configured.isEmpty { return configured }
        let standard = FalcoFolders([FalcoFolders.standard])
        if let files = try? standard.filePaths(), !files.isEmpty { return standard.paths }
        throw CommandFailure.input(
            "which rules? Name files or folders, or set falco.rules in the configuration; there are none in "
                + "\(FalcoFolders.standard)")
    }

    private static func standardInput() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count <= FalcoFolders.Limit.fileBytes,
            let part = try FileHandle.standardInput.read(upToCount: FalcoFolders.Limit.fileBytes + 1 - bytes.count),
            !part.isEmpty
        {
            bytes += part
        }
        return bytes
    }

    /// The problems of files that could not be loaded, on standard error. Exit code 1 when there are some.
    func finish() throws {
        let bad = read.results.filter { !$0.isSuccessful }
        guard !bad.isEmpty else { return }
        let style = Style.of(.standardError)
        let lines = bad.flatMap { RuleProblemText.lines($0, style, warnings: false) }
        try Descriptor.standardError.write([UInt8]((lines.joined(separator: "\n") + "\n").utf8))
        throw ExitCode(1)
    }
}

/// Errors and warnings of Falco's rules files for people: `file:line:column: error CODE: message`, then the place.
enum RuleProblemText {
    static func lines(_ result: LoadResult, _ style: Style, warnings: Bool = true) -> [String] {
        var lines = result.errors.flatMap { error in
            let meant = error.suggestion.map { "; did you mean \(SafeText.visible($0))?" } ?? ""
            return finding(
                result, error.context, style.red("error"), error.code.rawValue, error.message + meant, style)
        }
        guard warnings else { return lines }
        lines += result.warnings.flatMap { warning in
            finding(result, warning.context, style.yellow("warning"), warning.code.rawValue, warning.message, style)
        }
        for text in result.schemaWarnings {
            lines.append(
                "\(style.bold("\(SafeText.visible(result.name)):")) \(style.yellow("warning")) schema: \(SafeText.visible(text))"
            )
        }
        return lines
    }

    private static func finding(
        _ result: LoadResult, _ context: LoadContext, _ word: String, _ code: String, _ message: String, _ style: Style
    ) -> [String] {
        let place = context.place
        let file = SafeText.visible(context.file.isEmpty ? result.name : context.file)
        var lines = [
            "\(style.bold("\(file):\(place.line + 1):\(place.column + 1):")) \(word) \(code): \(SafeText.visible(message))"
        ]
        if let item = context.locations.last(where: { !$0.itemName.isEmpty }) {
            lines.append("    in \(item.kind.rawValue) '\(SafeText.visible(item.itemName))'")
        }
        let snippet = result.snippet(of: context).split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in snippet.prefix(2).enumerated() where !line.isEmpty {
            // The mark stands under a byte: what takes more room would push it aside.
            lines.append("    " + (index == 0 ? style.dim(SafeText.visible(String(line))) : style.dim(String(line))))
        }
        return lines
    }
}
