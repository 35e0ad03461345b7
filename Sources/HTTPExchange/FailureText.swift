// SPDX-License-Identifier: Apache-2.0
import AlertSinks
import Glibc
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Why there was no answer, in our own words: what the libraries say may hold what was sent or received.
enum FailureText {
    static func of(_ error: any Error, _ settings: HTTPConnectionSettings) -> ExchangeFailure {
        switch error {
        case let error as HTTPClientError: client(error, settings)
        case let error as NIOConnectionError: connection(error)
        case let error as NIOSSLError: tls(error)
        case let error as NIOSSLExtraError: extra(error)
        case is BoringSSLError: ExchangeFailure("the TLS connection broke", isTLS: true)
        case let error as IOError: ExchangeFailure("the connection broke: \(reason(error))")
        case is HTTPParserError: ExchangeFailure("the receiver's answer was cut or is no HTTP")
        case ChannelError.connectTimeout: timedOut(settings)
        case is ChannelError: ExchangeFailure("the connection broke")
        default: ExchangeFailure("the exchange failed (\(type(of: error)))")
        }
    }

    private static func client(_ error: HTTPClientError, _ settings: HTTPConnectionSettings) -> ExchangeFailure {
        switch error {
        case .connectTimeout, .getConnectionFromPoolTimeout: timedOut(settings)
        case .tlsHandshakeTimeout: ExchangeFailure("no TLS connection within \(settings.connect)", isTLS: true)
        case .deadlineExceeded, .readTimeout, .writeTimeout:
            ExchangeFailure("no whole answer within \(settings.answer)")
        case .remoteConnectionClosed: ExchangeFailure("the receiver closed the connection before its answer was whole")
        case .uncleanShutdown: ExchangeFailure("the receiver cut the TLS connection", isTLS: true)
        case .proxyAuthenticationRequired: ExchangeFailure("the proxy wants a login")
        case .invalidProxyResponse, .httpProxyHandshakeTimeout: ExchangeFailure("the proxy does not connect")
        default: ExchangeFailure("the exchange failed: \(error.shortDescription.lowercased())")
        }
    }

    private static func timedOut(_ settings: HTTPConnectionSettings) -> ExchangeFailure {
        ExchangeFailure("no connection within \(settings.connect)")
    }

    private static func connection(_ error: NIOConnectionError) -> ExchangeFailure {
        if error.dnsAError != nil || error.dnsAAAAError != nil, error.connectionErrors.isEmpty {
            return ExchangeFailure("the name \(error.host) has no address")
        }
        let first = error.connectionErrors.first?.error
        if let broken = first as? IOError { return ExchangeFailure("cannot connect: \(reason(broken))") }
        return ExchangeFailure("cannot connect")
    }

    private static func tls(_ error: NIOSSLError) -> ExchangeFailure {
        switch error {
        case .handshakeFailed(let inner):
            ExchangeFailure(
                "the TLS handshake failed: \(verification("\(inner)") ?? "the two sides do not agree")", isTLS: true)
        case .unableToValidateCertificate: ExchangeFailure("the receiver's certificate is not trusted", isTLS: true)
        case .noCertificateToValidate: ExchangeFailure("the receiver shows no certificate", isTLS: true)
        case .uncleanShutdown: ExchangeFailure("the receiver cut the TLS connection")
        default: ExchangeFailure("TLS failed", isTLS: true)
        }
    }

    private static func extra(_ error: NIOSSLExtraError) -> ExchangeFailure {
        switch error {
        case .failedToValidateHostname: ExchangeFailure("the receiver's certificate is for another name", isTLS: true)
        default: ExchangeFailure("TLS failed", isTLS: true)
        }
    }

    /// What BoringSSL's words mean; they are names of ours and of the library, nothing received.
    private static func verification(_ text: String) -> String? {
        if text.contains("CERTIFICATE_VERIFY_FAILED") { return "the receiver's certificate is not trusted" }
        if text.contains("CERTIFICATE_REQUIRED") { return "the receiver wants a certificate of ours" }
        if text.contains("UNKNOWN_CA") || text.contains("BAD_CERTIFICATE") || text.contains("CERTIFICATE_EXPIRED") {
            return "the receiver does not take our certificate"
        }
        if text.contains("WRONG_VERSION_NUMBER") { return "the receiver does not speak TLS" }
        return nil
    }

    private static func reason(_ error: IOError) -> String {
        switch error.errnoCode {
        case ECONNREFUSED: "connection refused"
        case ECONNRESET: "connection reset"
        case EPIPE: "connection closed"
        case ETIMEDOUT: "timed out"
        case EHOSTUNREACH, ENETUNREACH: "no route"
        case EMFILE, ENFILE: "too many open files"
        default: "error \(error.errnoCode)"
        }
    }
}
