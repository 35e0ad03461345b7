// SPDX-License-Identifier: Apache-2.0
import ConfigTree
import Glibc

/// Asks a daemon on this machine for `/readyz`. A door to unsafe code: it speaks through a socket of its own.
enum HealthProbe {
    struct Answer: Equatable {
        /// The HTTP status.
        let status: Int
        /// `HealthReport`'s JSON.
        let body: String

        var isReady: Bool { status == 200 }
    }

    /// nil: nobody answers there, or not with HTTP. Waits two seconds at most for each step.
    ///
    /// - Parameter address: a unix socket, or a loopback address in digits.
    static func ask(_ address: ConfigAddress) -> Answer? {
        guard let socket = connect(address) else { return nil }
        defer { close(socket) }
        let request = "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        guard (try? Descriptor(number: socket).write([UInt8](request.utf8))) != nil else { return nil }
        var answer: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16 << 10)
        while answer.count < 1 << 20 {
            let count = unsafe recv(socket, &piece, piece.count, 0)
            guard count > 0 else { break }
            answer += piece[..<count]
        }
        return read(String(decoding: answer, as: UTF8.self))
    }

    /// An HTTP/1.1 answer whose body has a known length or ends with the connection.
    static func read(_ text: String) -> Answer? {
        guard let end = text.firstRange(of: "\r\n\r\n") else { return nil }
        let words = text.prefix { $0 != "\r\n" }.split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]),
            (100 ... 599).contains(status)
        else { return nil }
        return Answer(status: status, body: String(text[end.upperBound...]))
    }

    private static func connect(_ address: ConfigAddress) -> Int32? {
        switch address {
        case .unix(let path):
            var target = sockaddr_un()
            target.sun_family = sa_family_t(AF_UNIX)
            let room = MemoryLayout.size(ofValue: target.sun_path)
            guard path.utf8.count < room else { return nil }
            unsafe withUnsafeMutableBytes(of: &target.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
            return unsafe withUnsafePointer(to: &target) { target in
                unsafe target.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe connect(AF_UNIX, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
        case .tcp("::1", let port):
            var target = sockaddr_in6()
            target.sin6_family = sa_family_t(AF_INET6)
            target.sin6_port = UInt16(truncatingIfNeeded: port).bigEndian
            target.sin6_addr = in6addr_loopback
            return unsafe withUnsafePointer(to: &target) { target in
                unsafe target.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe connect(AF_INET6, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
                }
            }
        case .tcp(let host, let port):
            var target = sockaddr_in()
            target.sin_family = sa_family_t(AF_INET)
            target.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
            guard unsafe inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host, &target.sin_addr) == 1 else {
                return nil
            }
            return unsafe withUnsafePointer(to: &target) { target in
                unsafe target.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe connect(AF_INET, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
    }

    private static func connect(_ family: Int32, _ target: UnsafePointer<sockaddr>, _ length: socklen_t) -> Int32? {
        let number = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { return nil }
        var limit = timeval(tv_sec: 2, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        unsafe setsockopt(number, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        unsafe setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        guard unsafe Glibc.connect(number, target, length) == 0 else {
            close(number)
            return nil
        }
        return number
    }
}
