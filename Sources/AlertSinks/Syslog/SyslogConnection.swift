// SPDX-License-Identifier: Apache-2.0
import CConnection

/// One open connection to a receiver; closed when it goes. The lane's thread only. Each call ends within its limit.
@safe
final class SyslogConnection {
    private let raw: OpaquePointer
    /// Every frame is one message to the kernel.
    let isDatagram: Bool

    enum Sent: Hashable {
        case whole
        case slow(String)
        case broken(String)
        /// Datagrams: an earlier one found nobody; this one did not leave.
        case nobody(String)
        case tooLong(String)
    }

    /// Why there is no connection.
    struct Failure: Error { let reason: String }

    init(to target: SyslogTarget, within limit: Duration) throws(Failure) {
        var reason = [CChar](repeating: 0, count: Int(CCONN_REASON))
        let opened = unsafe target.withC { raw in
            unsafe reason.withUnsafeMutableBufferPointer { unsafe cconn_open(raw, limit.milliseconds, $0.baseAddress) }
        }
        guard let opened = unsafe opened else { throw Failure(reason: reason.text) }
        unsafe raw = opened
        isDatagram = unsafe cconn_is_datagram(opened)
    }

    deinit { unsafe cconn_close(raw) }

    /// Why the connection is none any more; nil while it is one.
    func failure() -> String? {
        var reason = [CChar](repeating: 0, count: Int(CCONN_REASON))
        let isWhole = unsafe reason.withUnsafeMutableBufferPointer { unsafe cconn_look(raw, $0.baseAddress) }
        return isWhole ? nil : reason.text
    }

    /// Hands bytes to the kernel, and says how many of them went.
    func send(_ bytes: Span<UInt8>, within limit: Duration) -> (result: Sent, written: Int) {
        var reason = [CChar](repeating: 0, count: Int(CCONN_REASON))
        var written = 0
        let result = unsafe bytes.withUnsafeBufferPointer { source in
            unsafe reason.withUnsafeMutableBufferPointer {
                unsafe cconn_send(
                    raw, source.baseAddress, source.count, limit.milliseconds, &written, $0.baseAddress)
            }
        }
        switch result {
        case CCONN_SENT: return (.whole, written)
        case CCONN_SLOW: return (.slow(reason.text), written)
        case CCONN_NOBODY: return (.nobody(reason.text), written)
        case CCONN_TOO_LONG: return (.tooLong(reason.text), written)
        default: return (.broken(reason.text), written)
        }
    }

    /// Says goodbye; true when the receiver has read everything.
    func finish(within limit: Duration) -> Bool { unsafe cconn_finish(raw, limit.milliseconds) }
}

/// What to connect to.
struct SyslogTarget {
    let address: SyslogAddress
    let tls: SyslogSinkSettings.TLSFiles
    /// Bytes the kernel may hold for the receiver; 0: as it likes.
    let sendBufferBytes: Int

    /// Why the certificates cannot be used; nil when they can.
    func fileProblem() -> String? {
        var reason = [CChar](repeating: 0, count: Int(CCONN_REASON))
        let isGood = unsafe withC { raw in
            unsafe reason.withUnsafeMutableBufferPointer { unsafe cconn_check_files(raw, $0.baseAddress) }
        }
        return isGood ? nil : reason.text
    }

    /// Changes when one of the files does.
    var fileStamp: UInt64 { unsafe withC { unsafe cconn_file_stamp($0) } }

    fileprivate func withC<Result>(_ body: (UnsafePointer<cconn_target>) -> Result) -> Result {
        unsafe address.host.withCString { host in
            unsafe String(address.port).withCString { port in
                unsafe Self.withCString(tls.ca) { ca in
                    unsafe Self.withCString(tls.certificate) { certificate in
                        unsafe Self.withCString(tls.key) { key in
                            unsafe Self.withCString(tls.serverName) { name in
                                var target = unsafe cconn_target(
                                    kind: kind, host: host, port: address.transport == .unix ? nil : port, ca: ca,
                                    certificate: certificate, key: key, server_name: name,
                                    send_buffer: Int32(clamping: sendBufferBytes))
                                return unsafe body(&target)
                            }
                        }
                    }
                }
            }
        }
    }

    private var kind: cconn_kind {
        switch address.transport {
        case .udp: CCONN_UDP
        case .tcp: CCONN_TCP
        case .tls: CCONN_TLS
        case .unix: CCONN_UNIX
        }
    }

    private static func withCString<Result>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> Result) -> Result {
        guard let text else { return body(nil) }
        return unsafe text.withCString { unsafe body($0) }
    }
}

extension Duration {
    /// At least 1, at most an hour.
    fileprivate var milliseconds: Int32 {
        let (seconds, attoseconds) = components
        return Int32(min(max(seconds, 0), 3_600) * 1_000 + max(0, attoseconds) / 1_000_000_000_000_000)
    }
}

extension [CChar] {
    fileprivate var text: String { String(decoding: prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) }
}
