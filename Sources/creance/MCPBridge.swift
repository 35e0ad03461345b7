// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import Synchronization

/// Carries bytes between this process's standard streams and a socket, without looking at them: a thread each way, and
/// nothing kept but what one read brought.
///
/// A door to unsafe code: read, shutdown.
struct MCPBridge {
    /// Closed when `carry` returns.
    let socket: Int32

    /// Returns when the far side has closed, or our reader has gone. False: the far side closed while our input was open.
    func carry() -> Bool {
        let inputEnded = Sharing()
        let socket = socket
        let thread = Thread {
            Self.copy(from: STDIN_FILENO, to: socket)
            // Release pairs with the acquire below: the far side closes because of the shutdown.
            inputEnded.flag.store(true, ordering: .releasing)
            shutdown(socket, Int32(SHUT_WR))
        }
        thread.stackSize = 1 << 20
        thread.start()
        let isReaderGone = !Self.copy(from: socket, to: STDOUT_FILENO)
        // The thread may still wait for input: it ends with the process.
        shutdown(socket, Int32(SHUT_RDWR))
        return isReaderGone || inputEnded.flag.load(ordering: .acquiring)
    }

    /// One flag for two threads.
    private final class Sharing: Sendable {
        let flag = Atomic<Bool>(false)
    }

    /// Until the end of the input; false: the output can take no more.
    @discardableResult
    private static func copy(from input: Int32, to output: Int32) -> Bool {
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = unsafe read(input, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return true }
            do { try Descriptor(number: output).write(Array(piece[..<count])) } catch { return false }
        }
    }
}
