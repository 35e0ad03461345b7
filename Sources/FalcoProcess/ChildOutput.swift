// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Subprocess

/// Reads what a child writes.
enum ChildOutput {
    /// Every part of a stream, in order, until its end.
    static func read(
        _ stream: SubprocessOutputSequence, _ take: @Sendable ([UInt8]) async throws -> Void
    ) async throws {
        for try await part in stream {
            try await take(unsafe part.withUnsafeBytes { unsafe [UInt8]($0) })
        }
    }
}

/// A child that is not reaped yet, so that its number is nobody else's: the leader of a process group.
struct Child: Sendable {
    let process: pid_t
    /// Its pidfd; negative on kernels before 5.4, where its end cannot be seen without reaping it.
    let descriptor: CInt

    private var hasEnded: Bool {
        var look = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&look, 1, 0) > 0
    }

    /// - Throws: when the task is cancelled.
    func untilEnded() async throws {
        guard descriptor >= 0 else { return }
        while !hasEnded { try await Task.sleep(for: .milliseconds(2)) }
    }

    /// SIGTERM to the group, then SIGKILL to what is left of it. Also in a cancelled task.
    func stop(grace: Duration) async {
        let child = self
        await Task {
            _ = kill(-child.process, SIGTERM)
            let end = ContinuousClock.now.advanced(by: grace)
            while child.descriptor >= 0, !child.hasEnded, ContinuousClock.now < end {
                try? await Task.sleep(for: .milliseconds(5))
            }
            child.killGroup()
        }.value
    }

    func killGroup() {
        if descriptor >= 0 { _ = kill(-process, SIGKILL) }
    }
}
