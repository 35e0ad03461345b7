// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import Synchronization

/// Serves one client over standard input and output, until its input ends or it stops reading. Nothing else may write to
/// standard output meanwhile.
public struct StandardStreams: Sendable {
    private let service: any AssistantService
    private let caller: Caller

    public init(service: any AssistantService, caller: Caller) {
        self.service = service
        self.caller = caller
    }

    /// Holds the calling thread until the client is gone. Calls under way get half a second to be answered; then they are
    /// cancelled.
    public func serve(input: Int32 = 0, output: Int32 = 1) throws(SocketFailure) {
        var loop = LineLoop(service: service, caller: caller, limits: LineLoop.Limits(), bell: try LoopBell())
        loop.serve(input: input, output: output) { false }
    }
}

/// Serves all who connect to a unix socket (`mcp.socket`), with the framing of standard input and output: the daemon's
/// user and root (mode 0600). One thread for all of them.
public final class AssistantSocket: Sendable {
    private let path: String
    private let service: any AssistantService
    private let caller: Caller
    private let limits: LineLoop.Limits
    private let listener: Int32
    private let bell: LoopBell
    private let stopping = Atomic<Bool>(false)
    private let ended = DispatchSemaphore(value: 0)
    private let thread = Mutex<Thread?>(nil)

    /// Opens the socket; nobody is answered before `start`.
    ///
    /// - Parameter connections: at once; more are let go at once.
    /// - Throws: `SocketFailure`: the path cannot be used, or another daemon answers there.
    public init(
        path: String, service: any AssistantService, caller: Caller, connections: Int = 32
    ) throws(SocketFailure) {
        self.path = path
        self.service = service
        self.caller = caller
        limits = LineLoop.Limits(connections: connections)
        bell = try LoopBell()
        listener = try LocalSocket.listening(at: path)
    }

    public func start() {
        thread.withLock { thread in
            guard thread == nil else { return }
            let made = Thread { [self] in
                var loop = LineLoop(service: service, caller: caller, limits: limits, bell: bell)
                // Acquire pairs with the release in `stop`.
                loop.serve(listener: listener) { [self] in stopping.load(ordering: .acquiring) }
                ended.signal()
            }
            made.name = "assistants"
            made.stackSize = 1 << 20
            made.start()
            thread = made
        }
    }

    /// Lets all clients go and takes the socket away. Idempotent; waits for the thread, which never waits for long.
    public func stop() {
        // Release pairs with the acquire in the thread, which the bell wakes.
        guard !stopping.exchange(true, ordering: .acquiringAndReleasing) else { return }
        bell.ring()
        if thread.withLock({ $0 }) != nil { ended.wait() }
        unsafe unlink(path)
        close(listener)
    }
}
