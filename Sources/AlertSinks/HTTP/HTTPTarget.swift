// SPDX-License-Identifier: Apache-2.0
import ConfigTree

/// Where requests go and what they carry, with the secrets in it. Never shown but for `name`.
struct HTTPTarget {
    /// Scheme, host and port.
    let name: String
    let token: String
    let request: HTTPRequest
    /// Splunk's way of asking whether records have arrived.
    let acknowledgement: HTTPRequest
    /// What no message may hold.
    private let secrets: [[UInt8]]

    init(_ settings: HTTPSinkSettings, _ dialect: any HTTPDialect, _ surroundings: HTTPSurroundings) throws {
        var fetched: [String] = []
        func fetch(_ key: String, _ secret: Secret) throws -> String {
            let bytes = try surroundings.secret(secret).bytes
            // Printable ASCII: what a URL and a header may hold (RFC 9110, section 5.5).
            guard bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else {
                throw ExchangeFailure("\(key): \(secret) holds a character that a request may not hold")
            }
            let text = String(decoding: bytes, as: UTF8.self)
            fetched.append(text)
            return text
        }
        func fetch(_ key: String, _ text: ReferencedText) throws -> String {
            switch text {
            case .plain(let text): text
            case .secret(let secret): try fetch(key, secret)
            }
        }
        let address: HTTPAddress
        do throws(ConfigFault) {
            address = try HTTPAddress(try Self.url(try? fetch("url", settings.url), settings.url))
                .completed(with: settings.preset.standardPath)
        } catch {
            throw ExchangeFailure("url \(error.what)")
        }
        var headers = [(name: "Content-Type", value: dialect.contentType), (name: "User-Agent", value: "creance")]
        token = try settings.token.map { try fetch("token", $0) } ?? ""
        if let scheme = dialect.tokenScheme, settings.token != nil {
            headers.append((name: "Authorization", value: "\(scheme) \(token)"))
        } else if let username = settings.username, let password = settings.password {
            let login = Base64.encode([UInt8]("\(username):\(try fetch("password", password))".utf8))
            fetched.append(login)
            headers.append((name: "Authorization", value: "Basic \(login)"))
        }
        if settings.options.acknowledge {
            headers.append((name: "X-Splunk-Request-Channel", value: surroundings.channel))
        }
        for header in settings.headers {
            headers.append((name: header.name, value: try fetch("headers", header.value)))
        }
        name = address.description
        request = HTTPRequest(address, headers: headers, isPacked: settings.isPacked)
        acknowledgement = HTTPRequest(
            address.with(path: SplunkAcknowledgement.path(besides: address.path)), headers: headers, isPacked: false)
        // A path and a query may be secret, as those of chat services are.
        if case .secret = settings.url { fetched += [address.path, address.query ?? ""] }
        secrets = fetched.map { [UInt8]($0.utf8) }.filter { $0.count >= 4 }
    }

    private static func url(_ fetched: String?, _ text: ReferencedText) throws(ConfigFault) -> String {
        guard let fetched else { throw ConfigFault("\(text) cannot be read, is empty or not set") }
        return fetched
    }

    /// `bytes` without what is secret: a receiver may say it back.
    func redacted(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for secret in secrets {
            guard bytes.count >= secret.count else { continue }
            var place = 0
            while place <= bytes.count - secret.count {
                if bytes[place] == secret[0], bytes[place ..< place + secret.count].elementsEqual(secret) {
                    bytes.replaceSubrange(place ..< place + secret.count, with: "(secret)".utf8)
                    place += 8
                } else {
                    place += 1
                }
            }
        }
        return bytes
    }
}

/// RFC 4648, section 4.
enum Base64 {
    private static let digits = [UInt8]("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start ..< min(start + 3, bytes.count)]
            var word = group.reduce(0) { $0 << 8 | Int($1) }
            word <<= 8 * (3 - group.count)
            for place in 0 ..< 4 {
                text.append(place <= group.count ? digits[word >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
