// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import MCPProtocol
import MCPServing

/// A blocking client of a line server, for tests.
struct LineClient {
    let number: Int32

    init(_ path: String) throws { number = try LocalSocket.connected(to: path) }
    init(number: Int32) { self.number = number }

    func say(_ text: String) {
        let bytes = Array((text.replacing("\n", with: " ") + "\n").utf8)
        var start = 0
        while start < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.send(
                    number, $0.baseAddress.unsafelyUnwrapped + start, $0.count - start, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            start += count
        }
    }

    /// The next line; nil: the far side has closed. Waits on a thread of its own: tasks' threads are the service's.
    func line() async -> String? { await lines(1).first }

    /// As many lines, or fewer when the far side has closed.
    func lines(_ count: Int) async -> [String] {
        await withCheckedContinuation { continuation in
            Thread {
                var lines: [String] = []
                while lines.count < count, let line = blockingLine() { lines.append(line) }
                continuation.resume(returning: lines)
            }.start()
        }
    }

    private func blockingLine() -> String? {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while unsafe read(number, &byte, 1) == 1 {
            if byte == 10 { return String(decoding: line, as: UTF8.self) }
            line.append(byte)
        }
        return nil
    }

    func endOfInput() { shutdown(number, Int32(SHUT_WR)) }
    func close() { Glibc.close(number) }

    /// Two ends of one connection.
    static func pair() -> (LineClient, Int32) {
        var ends: (Int32, Int32) = (-1, -1)
        unsafe withUnsafeMutableBytes(of: &ends) { ends in
            let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
            _ = unsafe socketpair(
                AF_UNIX, kind, 0, ends.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Int32.self))
        }
        return (LineClient(number: ends.0), ends.1)
    }
}

/// Requests as clients write them.
enum Request {
    private static let meta =
        #""_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}"#

    static func call(_ id: Int, _ tool: String) -> String {
        #"{"jsonrpc": "2.0", "id": \#(id), "method": "tools/call", "params": {"name": "\#(tool)", \#(meta)}}"#
    }

    static func listen(_ id: Int) -> String {
        #"{"jsonrpc": "2.0", "id": \#(id), "method": "subscriptions/listen", "params": {"notifications": "#
            + #"{"resourceSubscriptions": ["\#(StandInService.latest)"]}, \#(meta)}}"#
    }

    static func discover(_ id: Int) -> String {
        #"{"jsonrpc": "2.0", "id": \#(id), "method": "server/discover", "params": {\#(meta)}}"#
    }
}
