// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization

/// Wakes a `LineLoop` that sleeps in `poll`: a pipe to itself. Rung from any thread; costs nothing while it still rings.
///
/// A door to unsafe code: owns the pipe, which is closed when nobody has the bell any more.
final class LoopBell: Sendable {
    /// To poll for input.
    let number: Int32
    private let far: Int32
    private let rings = Atomic<Bool>(false)

    init() throws(SocketFailure) {
        var ends: (Int32, Int32) = (-1, -1)
        let result = unsafe withUnsafeMutableBytes(of: &ends) { ends in
            unsafe pipe(ends.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Int32.self))
        }
        guard result == 0 else { throw SocketFailure("no pipe can be made: \(SocketFailure.reason())") }
        (number, far) = ends
        for end in [number, far] {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
    }

    deinit {
        close(number)
        close(far)
    }

    func ring() {
        // Release pairs with the acquire in `still`: what was done before a ring is seen after it, also when that ring came
        // while the one before it still rang.
        guard !rings.exchange(true, ordering: .acquiringAndReleasing) else { return }
        var byte: UInt8 = 0
        _ = unsafe write(far, &byte, 1)
    }

    /// Called by the loop when it wakes, before it looks at anything.
    func still() {
        var bytes = [UInt8](repeating: 0, count: 16)
        while unsafe read(number, &bytes, bytes.count) > 0 {}
        _ = rings.exchange(false, ordering: .acquiringAndReleasing)
    }
}

/// Why a socket cannot be used, in a sentence.
public struct SocketFailure: Error, Sendable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }

    /// The system's words for an error number.
    static func reason(_ code: Int32 = errno) -> String { unsafe String(cString: strerror(code)) }
}
