// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import Synchronization

/// The command that a gate watches, in a process group of its own. A door to unsafe code.
///
/// It has this process's standard streams and, where that had it, the terminal. Nothing else of ours reaches it: other
/// descriptors are closed when it starts, and signals are as they were before.
final class GateChild: Sendable {
    enum Ending: Sendable {
        case exit(Int)
        case signal(Int)
    }

    private let process: pid_t
    private let hasTerminal: Bool
    private let hasEnded = Mutex(false)

    /// Finds the program by PATH and starts it.
    ///
    /// - Throws: `CommandFailure.input` when it cannot be started.
    init(_ arguments: [String]) throws(CommandFailure) {
        hasTerminal = isatty(STDIN_FILENO) == 1 && tcgetpgrp(STDIN_FILENO) == getpgrp()
        // Taking the terminal back from the background would stop this process.
        if hasTerminal { _ = signal(SIGTTOU, SIG_IGN) }
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var usual = sigset_t()
        unsafe sigemptyset(&none)
        unsafe sigemptyset(&usual)
        for number in [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGTTOU, SIGUSR1, SIGUSR2] {
            unsafe sigaddset(&usual, number)
        }
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &usual)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        unsafe posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        let environment = ProcessInfo.processInfo.environment.map { "\($0.key)=\($0.value)" }
        var process = pid_t()
        let words = unsafe Self.words(arguments)
        let variables = unsafe Self.words(environment)
        defer {
            for index in arguments.indices { unsafe free(words[index]) }
            for index in environment.indices { unsafe free(variables[index]) }
        }
        guard let program = unsafe words[0] else { throw .input("no command is named") }
        let code = unsafe posix_spawnp(&process, program, nil, &attributes, words, variables)
        guard code == 0 else {
            throw .input("\(SafeText.visible(arguments[0])) cannot be started: \(systemReason(code))")
        }
        self.process = process
        if hasTerminal { tcsetpgrp(STDIN_FILENO, process) }
    }

    /// A null at the end, as C wants it.
    private static func words(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        unsafe texts.map { unsafe strdup($0) } + [nil]
    }

    /// To every process of the command's group, as long as the command runs.
    func send(_ number: Int32) {
        hasEnded.withLock { hasEnded in
            if !hasEnded { _ = kill(-process, number) }
        }
    }

    /// Waits on a thread of its own.
    func wait() async -> Ending {
        await withCheckedContinuation { continuation in
            Thread { continuation.resume(returning: self.reap()) }.start()
        }
    }

    private func reap() -> Ending {
        while true {
            var status: Int32 = 0
            // Not reaped yet: its number cannot be another process's while a signal is on its way.
            var info = unsafe siginfo_t()
            let waited = unsafe waitid(P_PID, id_t(process), &info, WEXITED | WSTOPPED | WNOWAIT)
            if waited != 0, errno == EINTR { continue }
            let result = hasEnded.withLock { hasEnded in
                let result = unsafe waitpid(process, &status, WUNTRACED)
                hasEnded = status & 0xff != 0x7f
                return result
            }
            if result < 0, errno == EINTR { continue }
            // As WIFSTOPPED, WIFEXITED and WTERMSIG of <sys/wait.h> have it.
            if result > 0, status & 0xff == 0x7f {
                isStopped(by: (status >> 8) & 0xff)
                continue
            }
            if hasTerminal { tcsetpgrp(STDIN_FILENO, getpgrp()) }
            guard result > 0 else { return .exit(127) }
            return status & 0x7f == 0 ? .exit(Int((status >> 8) & 0xff)) : .signal(Int(status & 0x7f))
        }
    }

    /// It asked for the terminal before it had it, or Ctrl-Z stopped it: then so does this process, and goes on with it.
    private func isStopped(by number: Int32) {
        if hasTerminal, number != SIGTTIN, number != SIGTTOU {
            tcsetpgrp(STDIN_FILENO, getpgrp())
            kill(getpid(), SIGSTOP)
        }
        guard hasTerminal else { return }
        tcsetpgrp(STDIN_FILENO, process)
        send(SIGCONT)
    }
}
