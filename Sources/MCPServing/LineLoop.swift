// SPDX-License-Identifier: Apache-2.0
import Glibc
import MCPProtocol

/// Serves line connections, one JSON document a line, with one thread for all of them: a listening unix socket, or
/// standard input and output. The thread reads, cuts lines and writes; calls run as tasks. It sleeps while nothing comes.
///
/// A door to unsafe code: poll, read, send.
struct LineLoop {
    /// What bounds the connections.
    struct Limits: Sendable {
        var connections = 32
        var connection = ConnectionLimits()
        /// Bytes of one message that comes.
        var lineBytes = 1 << 20
        /// Bytes that may wait for one slow reader.
        var waitingBytes = 4 << 20
        /// Beyond so many nothing more is read from that client until it has read, too.
        var politeBytes = 256 << 10
        /// How long answers under way may take after the end of the client's input.
        var linger = Duration.milliseconds(500)
    }

    /// One client. Its descriptors are closed by the loop, but for the standard ones.
    private struct Client {
        let input: Int32
        let output: Int32
        let isOwned: Bool
        let runner: ConnectionRunner
        let outlet: LineOutlet
        var splitter: LineSplitter
        /// Input has ended: what is under way may end until then.
        var lastMoment: ContinuousClock.Instant?
        var isGone = false
    }

    private let service: any AssistantService
    private let caller: Caller
    private let limits: Limits
    private let bell: LoopBell
    private var clients: [Client] = []
    private var piece = [UInt8](repeating: 0, count: 64 << 10)

    init(service: any AssistantService, caller: Caller, limits: Limits, bell: LoopBell) {
        self.service = service
        self.caller = caller
        self.limits = limits
        self.bell = bell
    }

    /// Serves one client until it is gone.
    mutating func serve(input: Int32, output: Int32, until isStopping: () -> Bool) {
        add(input: input, output: output, isOwned: false)
        while !clients.isEmpty, !isStopping() { turn(listener: nil) }
        leave()
    }

    /// Serves all who come until it is told to stop, which the bell must follow.
    mutating func serve(listener: Int32, until isStopping: () -> Bool) {
        while !isStopping() { turn(listener: listener) }
        leave()
    }

    private mutating func add(input: Int32, output: Int32, isOwned: Bool) {
        let outlet = LineOutlet(limitBytes: limits.waitingBytes, bell: bell)
        let runner = ConnectionRunner(service: service, caller: caller, outlet: outlet, limits: limits.connection)
        clients.append(
            Client(
                input: input, output: output, isOwned: isOwned, runner: runner, outlet: outlet,
                splitter: LineSplitter(limitBytes: limits.lineBytes)))
    }

    /// One sleep, and all that there was to do after it.
    private mutating func turn(listener: Int32?) {
        var waiting = [pollfd(fd: bell.number, events: Int16(POLLIN), revents: 0)]
        waiting.append(pollfd(fd: listener ?? -1, events: Int16(POLLIN), revents: 0))
        for client in clients {
            let left = client.outlet.count
            let reads = client.lastMoment == nil && left < limits.politeBytes
            // A negative number is passed over.
            waiting.append(pollfd(fd: reads ? client.input : -1, events: Int16(POLLIN), revents: 0))
            waiting.append(pollfd(fd: client.output, events: left > 0 ? Int16(POLLOUT) : 0, revents: 0))
        }
        let count = unsafe poll(&waiting, nfds_t(waiting.count), timeout)
        if count < 0, errno != EINTR { return }
        if waiting[0].revents != 0 { bell.still() }
        for place in clients.indices {
            let output = waiting[3 + 2 * place].revents
            if output & Int16(POLLERR | POLLHUP | POLLNVAL) != 0 { clients[place].isGone = true }
            if waiting[2 + 2 * place].revents != 0, !clients[place].isGone { hear(place) }
            say(place)
            leaveIfDone(place)
        }
        clients.removeAll(where: \.isGone)
        if waiting[1].revents != 0, let listener { greet(listener) }
    }

    /// Milliseconds; -1: nothing to do before something comes.
    private var timeout: Int32 {
        guard let next = clients.compactMap(\.lastMoment).min() else { return -1 }
        let left = (next - .now) / .milliseconds(1)
        return left > 0 ? Int32(min(left, 60_000)) + 1 : 0
    }

    private mutating func greet(_ listener: Int32) {
        while true {
            let number = accept(listener, nil, nil)
            guard number >= 0 else {
                // Out of descriptors: without a pause the loop would turn at full speed.
                if errno == EMFILE || errno == ENFILE || errno == ENOMEM { _ = poll(nil, 0, 100) }
                return
            }
            _ = fcntl(number, F_SETFD, FD_CLOEXEC)
            guard clients.count < limits.connections else {
                close(number)
                continue
            }
            add(input: number, output: number, isOwned: true)
        }
    }

    /// Reads what there is, once.
    private mutating func hear(_ place: Int) {
        let count = unsafe read(clients[place].input, &piece, piece.count)
        guard count > 0 else {
            if count < 0, errno == EAGAIN || errno == EINTR { return }
            clients[place].lastMoment = .now + limits.linger
            return
        }
        for frame in clients[place].splitter.take(piece[..<count]) {
            switch frame {
            case .line(let line): clients[place].runner.receive(line)
            case .tooLong: clients[place].runner.refuse(LineSplitter.tooLong)
            }
        }
    }

    /// Writes what waits, as far as it goes without waiting.
    private mutating func say(_ place: Int) {
        var isGone = false
        let number = clients[place].output
        clients[place].outlet.drain { bytes in
            var total = 0
            while total < bytes.count {
                let count = Self.write(bytes[(bytes.startIndex + total)...], to: number)
                if count < 0 {
                    if errno == EINTR { continue }
                    isGone = errno != EAGAIN
                    break
                }
                if count == 0 { break }
                total += count
            }
            return total
        }
        if isGone { clients[place].isGone = true }
    }

    /// Never waits: sockets are asked not to, and a pipe that polls ready takes a page.
    private static func write(_ bytes: ArraySlice<UInt8>, to number: Int32) -> Int {
        unsafe bytes.withUnsafeBytes { bytes in
            let count = unsafe send(number, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            guard count < 0, errno == ENOTSOCK else { return count }
            var ready = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
            guard unsafe poll(&ready, 1, 0) > 0 else { return 0 }
            return unsafe Glibc.write(number, bytes.baseAddress, min(bytes.count, 4096))
        }
    }

    private mutating func leaveIfDone(_ place: Int) {
        if let lastMoment = clients[place].lastMoment, !clients[place].isGone {
            let isDone = clients[place].runner.callCount == 0 && clients[place].outlet.count == 0
            if isDone || .now >= lastMoment { clients[place].isGone = true }
        }
        if clients[place].outlet.isClosed { clients[place].isGone = true }
        if clients[place].isGone { drop(clients[place]) }
    }

    private func drop(_ client: Client) {
        client.runner.close()
        if client.isOwned { close(client.input) }
    }

    /// Lets all go: subscriptions end in good order, as far as they can be written without waiting.
    private mutating func leave() {
        for place in clients.indices {
            clients[place].runner.endSubscriptions()
            say(place)
            drop(clients[place])
        }
        clients = []
    }
}
