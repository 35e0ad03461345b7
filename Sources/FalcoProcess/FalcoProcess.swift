// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Subprocess

/// The `falco` executable of this machine: runs it with an array of arguments, without a shell, in a process group of its
/// own, bounded in time and output. Whatever happens, it and what it started have ended and are reaped when a call returns.
///
/// Any task. Cancelling the task ends the run.
public struct FalcoProcess: Sendable {
    public struct Settings: Sendable, Equatable {
        /// Absolute.
        public var executable: String
        public var timeLimit = Duration.seconds(20)
        /// Of standard output. Of standard error the last 64 KiB are kept.
        public var outputLimitBytes = 8 << 20
        /// Between SIGTERM and SIGKILL.
        public var grace = Duration.seconds(2)

        public init(executable: String) { self.executable = executable }
    }

    /// What a run that ended by itself said.
    public struct Answer: Sendable {
        public let exitCode: Int
        public let output: [UInt8]
        public let errors: [UInt8]
    }

    public let settings: Settings

    public init(_ settings: Settings) { self.settings = settings }

    /// Runs it to its end.
    ///
    /// - Parameter folder: where it runs, so that relative names are found; `/` when nil.
    public func run(_ arguments: [String], in folder: String? = nil) async throws(FalcoFailure) -> Answer {
        let collected = Collected(limit: settings.outputLimitBytes)
        let ending = try await end(of: arguments, in: folder, within: settings.timeLimit) { part in
            try await collected.append(part)
        }
        guard ending.isInTime else { throw .tookTooLong(settings.timeLimit) }
        return Answer(exitCode: ending.exitCode, output: await collected.bytes, errors: ending.errors)
    }

    /// Runs it for at most `duration` and hands on the lines that it writes to standard output, in order, as many together
    /// as came: while `take` is busy, Falco waits. Lines longer than 1 MiB are left out.
    ///
    /// - Returns: its exit code, nil when its time was up; the end of what it said on standard error; lines left out.
    public func follow(
        _ arguments: [String], in folder: String? = nil, for duration: Duration,
        take: @escaping @Sendable ([[UInt8]]) async -> Void
    ) async throws(FalcoFailure) -> (exitCode: Int?, errors: [UInt8], leftOut: Int) {
        let lines = LineCutter(limit: 1 << 20)
        let ending = try await end(of: arguments, in: folder, within: duration) { part in
            let whole = await lines.cut(part)
            if !whole.isEmpty { await take(whole) }
        }
        return (ending.isInTime ? ending.exitCode : nil, ending.errors, await lines.leftOut)
    }

    private struct Ending: Sendable {
        var exitCode = 0
        var errors: [UInt8] = []
        var isInTime = true
    }

    private func end(
        of arguments: [String], in folder: String?, within limit: Duration,
        output: @escaping @Sendable ([UInt8]) async throws -> Void
    ) async throws(FalcoFailure) -> Ending {
        let isOver = Deadline()
        let result = await withTaskGroup(of: Result<Ending, FalcoFailure>?.self) { group in
            group.addTask { await spawn(arguments, folder, output) }
            group.addTask {
                // Ends early when the process has ended, or the caller was cancelled.
                guard (try? await Task.sleep(for: limit)) != nil else { return nil }
                await isOver.pass()
                return nil
            }
            var result: Result<Ending, FalcoFailure>?
            while let one = await group.next() {
                result = one ?? result
                // Either one ends the other; the process is reaped before the group ends.
                group.cancelAll()
            }
            return result ?? .failure(.cancelled)
        }
        if case .failure(.cancelled) = result, await isOver.isPassed { return Ending(isInTime: false) }
        return try result.get()
    }

    private func spawn(
        _ arguments: [String], _ folder: String?, _ output: @escaping @Sendable ([UInt8]) async throws -> Void
    ) async -> Result<Ending, FalcoFailure> {
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = [
            .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: settings.grace)
        ]
        let errors = Collected(limit: 64 << 10, keepsEnd: true)
        do {
            let result = try await Subprocess.run(
                .path(.init(settings.executable)), arguments: Arguments(arguments),
                environment: .custom(Self.environment),
                workingDirectory: .init(folder ?? "/"), platformOptions: options, input: .none, output: .sequence,
                error: .sequence
            ) { execution in
                let child = Child(
                    process: execution.processIdentifier.value,
                    descriptor: execution.processIdentifier.processDescriptor)
                do {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask {
                            do {
                                try await ChildOutput.read(execution.standardOutput, output)
                            } catch {
                                // The other stream ends with the process, not before.
                                await child.stop(grace: settings.grace)
                                throw error
                            }
                        }
                        group.addTask {
                            try await ChildOutput.read(execution.standardError) { await errors.append(end: $0) }
                        }
                        try await group.waitForAll()
                    }
                    try await child.untilEnded()
                } catch {
                    await child.stop(grace: settings.grace)
                    throw error
                }
                // What it left running goes with it, as long as its number is its own.
                child.killGroup()
            }
            // Stopped by us: what it said may be cut anywhere.
            guard !Task.isCancelled else { return .failure(.cancelled) }
            switch result.terminationStatus {
            case .exited(let code): return .success(Ending(exitCode: Int(code), errors: await errors.bytes))
            case .signaled(let signal): return .failure(.crashed(signal: Int(signal)))
            }
        } catch let failure as FalcoFailure {
            return .failure(failure)
        } catch let error as SubprocessError {
            if Task.isCancelled { return .failure(.cancelled) }
            let reason = error.underlyingError.map { "\($0)" } ?? "the system does not say why"
            switch error.code {
            case .executableNotFound, .spawnFailed, .failedToChangeWorkingDirectory:
                return .failure(.notStarted("\(settings.executable): \(reason)"))
            default: return .failure(.failed(reason))
            }
        } catch {
            return .failure(Task.isCancelled ? .cancelled : .failed("\(error)"))
        }
    }

    /// What Falco needs of ours, and nothing else.
    private static var environment: [Environment.Key: String] {
        var environment: [Environment.Key: String] = [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8",
        ]
        let ours = ProcessInfo.processInfo.environment
        // Where the host's files are, inside a container; the name that alerts carry; the time zone of its log lines.
        environment["HOST_ROOT"] = ours["HOST_ROOT"]
        environment["FALCO_HOSTNAME"] = ours["FALCO_HOSTNAME"]
        environment["TZ"] = ours["TZ"]
        return environment
    }
}

/// Whether the time was up before the process had ended.
private actor Deadline {
    private(set) var isPassed = false
    func pass() { isPassed = true }
}

/// Bytes of one stream, up to a limit.
private actor Collected {
    private(set) var bytes: [UInt8] = []
    private let limit: Int
    private let keepsEnd: Bool

    init(limit: Int, keepsEnd: Bool = false) {
        self.limit = limit
        self.keepsEnd = keepsEnd
    }

    func append(_ part: [UInt8]) throws(FalcoFailure) {
        guard bytes.count + part.count <= limit else { throw .wroteTooMuch(limitBytes: limit) }
        bytes += part
    }

    func append(end part: [UInt8]) {
        bytes += part
        // Twice the limit before anything moves, so that a chatty child costs no copy for each part.
        if bytes.count > 2 * limit { bytes.removeFirst(bytes.count - limit) }
    }
}

/// Cuts a stream of bytes into lines.
private actor LineCutter {
    private(set) var leftOut = 0
    private let limit: Int
    private var open: [UInt8] = []
    private var isTooLong = false

    init(limit: Int) { self.limit = limit }

    func cut(_ part: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        for piece in part.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
            if piece.offset > 0 {
                if isTooLong { leftOut += 1 } else if !open.isEmpty { lines.append(open) }
                open = []
                isTooLong = false
            }
            if open.count + piece.element.count > limit { isTooLong = true }
            if isTooLong { open = [] } else { open += piece.element }
        }
        return lines
    }
}
