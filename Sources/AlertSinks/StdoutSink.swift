// SPDX-License-Identifier: Apache-2.0
import AlertFormats
public import AlertModel
import Glibc

/// Prints lines on standard output.
///
/// Delivery: best effort. What a pipe's reader had not read when it ended is lost; after kill −9 some lines may come
/// again. A slow reader slows only this sink.
public final class StdoutSink: AlertSink {
    public static var typeName: String { "stdout" }
    public static var deliveryClass: DeliveryClass { .bestEffort }
    static let bufferBytes = 64 << 10
    /// What can be written without blocking once poll(2) says so (PIPE_BUF), so that a reader that stands still never
    /// holds the lane for longer than `patienceMilliseconds`.
    static let chunkBytes = 4096
    var patienceMilliseconds: Int32 = 500

    public let counters = DeliveryCounters()
    /// What routes call it; nil: every output is its own.
    private let name: String?
    private let format: any AlertFormat
    private let output: OutputFile
    private let isRegular: Bool
    private var buffer = OutputBuffer(capacity: bufferBytes)
    private var written = 0
    private var nextOutput = Int64.min

    /// `name`: what routes call it; nil for a sink that gets every output. `descriptor`: 1, but in tests. Without a format in the settings: `text` on a terminal, `falco` elsewhere. Colours
    /// follow the terminal and `environment` (NO_COLOR, TERM).
    public init(
        _ settings: StdoutSinkSettings, name: String? = nil, descriptor: Int32 = 1, environment: [String: String]
    ) {
        self.name = name
        let isTerminal = isatty(descriptor) == 1
        output = OutputFile(borrowing: descriptor)
        isRegular = output.status?.kind == .regular
        format = (settings.format ?? (isTerminal ? .text : .falco)).format(
            colours: TextFormat.coloursWanted(isTerminal: isTerminal, environment: environment))
    }

    public func open(at cursor: SinkCursor?) throws(DeliveryError) {
        // A reader that goes away is an error of write(2), not the end of the process.
        _ = signal(SIGPIPE, SIG_IGN)
        if let cursor { nextOutput = max(nextOutput, cursor.nextOutput) }
    }

    public func write(_ entry: DecidedEntry, from output: Int64) throws(DeliveryError) {
        if buffer.count >= Self.bufferBytes { try flush() }
        nextOutput = max(nextOutput, output, entry.firstOutput)
        while nextOutput < entry.endOutput {
            let appended = format.append(
                outputsOf: entry, from: nextOutput, for: name, limitBytes: Self.bufferBytes, to: &buffer)
            nextOutput = appended.next
            counters.add(appended.count, to: .records)
            if buffer.count >= Self.bufferBytes { try flush() }
        }
    }

    public func flush() throws(DeliveryError) {
        while written < buffer.count {
            guard isRegular || output.waitUntilWritable(milliseconds: patienceMilliseconds) else {
                counters.add(1, to: .retries)
                throw .retry(after: .zero, reason: "the reader of standard output does not read")
            }
            let result = output.write(buffer, from: written, limit: isRegular ? .max : Self.chunkBytes)
            guard result >= 0 else { throw failure(Int32(-result)) }
            written += result
            counters.add(result, to: .bytes)
        }
        written = 0
        buffer.removeAll()
    }

    private func failure(_ code: Int32) -> DeliveryError {
        switch code {
        case EPIPE, EBADF, ECONNRESET:
            return .reject(reason: "standard output is closed: \(errorText(code))")
        case EAGAIN:
            return .retry(after: .milliseconds(10), reason: "the reader of standard output does not read")
        default:
            counters.add(1, to: .retries)
            return .retry(after: .seconds(1), reason: "cannot write to standard output: \(errorText(code))")
        }
    }

    /// Nothing to open: whoever started the process chose where its output goes.
    public func reopen() throws(DeliveryError) {}

    public var position: [UInt8] { [] }

    public func close() { try? flush() }
}
