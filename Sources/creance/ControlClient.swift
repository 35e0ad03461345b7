// SPDX-License-Identifier: Apache-2.0
import Glibc
import Pipeline

/// Asks the running daemon through its control socket. A door to unsafe code: it speaks through a socket of its own.
enum ControlClient {
    /// Seconds for each step. The daemon waits ten for its journal.
    private static let patience = 15
    /// Bytes of an answer: a thousand silences, each as long as it may be.
    private static let answerLimit = 32 << 20

    /// - Throws: `CommandFailure`: nobody answers, or what answers is no daemon.
    static func ask(_ request: ControlRequest, at path: String) throws -> ControlAnswer {
        let number = try connect(path)
        defer { close(number) }
        do {
            try Descriptor(number: number).write(ControlLine.write(request) + [10])
        } catch {
            throw CommandFailure.running("the daemon at \(path) does not listen")
        }
        var line: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16 << 10)
        while line.last != 10, line.count < answerLimit {
            let count = unsafe recv(number, &piece, piece.count, 0)
            guard count > 0 else { throw CommandFailure.running("the daemon at \(path) gave no answer") }
            line += piece[..<count]
        }
        line.removeLast()
        guard let answer = ControlLine.read(ControlAnswer.self, line) else {
            throw CommandFailure.running("what answers at \(path) is not a daemon of this version")
        }
        return answer
    }

    private static func connect(_ path: String) throws(CommandFailure) -> Int32 {
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: target.sun_path)
        guard path.utf8.count < room else { throw .input("\(path) is too long for a socket") }
        unsafe withUnsafeMutableBytes(of: &target.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw .running("no socket can be made: \(systemReason())") }
        var limit = timeval(tv_sec: patience, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        unsafe setsockopt(number, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        unsafe setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        let result = unsafe withUnsafePointer(to: &target) { target in
            unsafe target.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
            let reason = systemReason()
            close(number)
            throw .running("no daemon answers at \(path): \(reason)")
        }
        return number
    }
}
