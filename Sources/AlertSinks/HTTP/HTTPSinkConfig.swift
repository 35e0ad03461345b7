// SPDX-License-Identifier: Apache-2.0
import AlertFormats
public import ConfigTree

extension HTTPSinkSettings {
    public init(_ section: inout ConfigSection) {
        let preset = section.choice(
            "preset", default: HTTPPreset.webhook, help: "What the receiver is: docs/http_sink.md has one page of each."
        )
        let url = section.required(
            "url", .httpURL, standIn: .plain("http://localhost"), example: "https://siem.example",
            help: "Where records are posted. Without a path: where such a receiver takes them. A URL that is secret "
                + "itself, as those of chat services, by reference: ${file:PATH}.")
        let format = section.optional(
            "format", .choice(among: FormatKind.lines, later: FormatKind.later),
            whenAbsent: "the preset's own; falco for a webhook", help: "What each record looks like.")
        let token = section.secret(
            "token", help: "Authorization as the receiver wants it: Bearer, ApiKey, Splunk; PagerDuty's routing key.")
        let username = section.optional("username", .text, help: "For HTTP's basic login.")
        let password = section.secret("password", help: "Beside username.")
        let headers = Self.headers(&section)
        let packed = section.optional(
            "gzip", .bool, whenAbsent: "true for elasticsearch, opensearch, splunk_hec, loki and otlp",
            help: "Pack the bodies of requests.")
        let connection = Self.connection(&section)
        let options = Options(&section, preset)
        let delivery = DeliveryKeys(&section, default: Self.standardDelivery)
        self.init(
            url: url, preset: preset, format: format, token: token, headers: headers, username: username,
            password: password, isPacked: packed, connection: connection, options: options, delivery: delivery)
        check(&section)
    }

    private static func connection(_ section: inout ConfigSection) -> HTTPConnectionSettings {
        var settings = HTTPConnectionSettings()
        (settings.connect, settings.answer) = section.section("timeout", help: "The limits of one request.") {
            (
                $0.duration(
                    "connect", default: settings.connect, in: .milliseconds(100) ... .seconds(60),
                    help: "For a connection, TLS included."),
                $0.duration(
                    "answer", default: settings.answer, in: .milliseconds(100) ... .seconds(600),
                    help: "From the connection to the end of the answer.")
            )
        }
        settings.tls = section.section(
            "tls", help: "Of https. The receiver's certificate is always verified."
        ) {
            ClientTLSFiles(
                ca: $0.optional(
                    "ca", .path, whenAbsent: "the system's", help: "Who may have signed the receiver's. PEM."),
                certificate: $0.optional(
                    "certificate", .path, help: "Our certificate, then its intermediates, for receivers that ask. PEM."),
                key: $0.optional("key", .path, help: "Its key, not encrypted. PEM."))
        }
        settings.proxy = section.optional(
            "proxy", .httpProxy, help: "An HTTP proxy. The environment's http_proxy is never looked at.")
        return settings
    }

    private static func headers(_ section: inout ConfigSection) -> [Header] {
        section.texts("headers", name: "X-Name", help: "Further headers: a map from names to texts or references.")
            .compactMap { pair in
                let isName =
                    !pair.name.isEmpty && pair.name.utf8.count <= 100 && pair.name.utf8.allSatisfy(Self.isToken)
                guard isName else {
                    section.report(.error, "headers", "has a name that is none of a header")
                    return nil
                }
                let lower = pair.name.lowercased()
                guard
                    !["host", "content-length", "content-type", "content-encoding", "transfer-encoding", "connection"]
                        .contains(lower)
                else {
                    section.report(.error, "headers", "\(lower) is the sink's own")
                    return nil
                }
                switch pair.value {
                case .plain(let text):
                    if ["auth", "token", "key", "secret", "cookie"].contains(where: lower.contains) {
                        section.report(
                            .error, "headers", "\(lower) is a secret, which is given by reference, never written here",
                            allowed: "${file:PATH} or ${env:NAME}")
                        return nil
                    }
                    guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else {
                        section.report(.error, "headers", "\(lower) holds a character that a header may not hold")
                        return nil
                    }
                case .secret: break
                }
                return Header(name: pair.name, value: pair.value)
            }
    }

    /// RFC 9110, section 5.6.2.
    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a") ... UInt8(ascii: "z"), UInt8(ascii: "A") ... UInt8(ascii: "Z"), 48 ... 57: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    private func check(_ section: inout ConfigSection) {
        if let format, !preset.formats.contains(format) {
            let allowed = preset.formats.map(\.rawValue).joined(separator: ", ")
            section.report(
                .error, "format", "\(preset.rawValue) does not take \(format.rawValue)",
                allowed: allowed.isEmpty ? "no format: the preset has its own" : allowed)
        }
        if section.has("format"), preset.formats.isEmpty {
            section.report(.error, "format", "has no meaning with preset \(preset.rawValue), which has its own form")
        }
        if preset == .webhook, options.body == .array, format.map({ !FormatKind.json.contains($0) }) ?? false {
            section.report(.error, "body", "an array holds JSON", allowed: "ndjson or single with this format")
        }
        if (username == nil) != (password == nil) {
            section.report(
                .error, username == nil ? "password" : "username", "needs \(username == nil ? "username" : "password")")
        }
        if username != nil, token != nil, preset != .pagerduty {
            section.report(.error, "token", "has no meaning beside username and password")
        }
        let saysItself = headers.contains { $0.name.lowercased() == "authorization" }
        if saysItself, username != nil || (token != nil && preset != .pagerduty) {
            section.report(.error, "headers", "authorization is that of token or username")
        }
        if preset == .pagerduty, token == nil {
            section.report(.error, "preset", "pagerduty needs token: the routing key of a service, by reference")
        }
        let tls = connection.tls
        if (tls.certificate == nil) != (tls.key == nil) {
            section.report(.error, "tls", "certificate and key belong together")
        }
    }
}

extension HTTPSinkSettings.Options {
    init(_ section: inout ConfigSection, _ preset: HTTPPreset) {
        self.init()
        body = section.choice(
            "body", default: body, help: "webhook: one record a request, an array of records, or a record a line.")
        index = section.optional(
            "index", .text(upTo: 255),
            whenAbsent: "creance for elasticsearch and opensearch, the token's for splunk_hec",
            help: "Where the receiver keeps the records: an index or data stream.")
        acknowledge = section.bool(
            "acknowledge", default: acknowledge,
            help: "splunk_hec: wait until the indexer has the records; the token must allow it.")
        acknowledgeWithin = section.duration(
            "acknowledge_within", default: acknowledgeWithin, in: .seconds(1) ... .seconds(3_600),
            help: "splunk_hec: then they are sent again.")
        structuredMetadata = section.bool(
            "structured_metadata", default: structuredMetadata,
            help: "loki: id, rule and host beside each line; Loki 3, or 2.9 with it allowed.")
        digest = section.integer(
            "digest", default: digest, in: 1 ... 50,
            help: "slack, teams: more records than this at once become one message that lists so many.")
        template = section.optional(
            "template", .template, whenAbsent: "priority, rule, output and place",
            help: "slack, teams: the text of each record, as {priority}: {rule} on {hostname} by {user.name}.")
        let owners: [(key: String, presets: [HTTPPreset])] = [
            ("template", [.slack, .teams]),
            ("body", [.webhook]), ("index", [.elasticsearch, .opensearch, .splunkHEC]), ("acknowledge", [.splunkHEC]),
            ("acknowledge_within", [.splunkHEC]), ("structured_metadata", [.loki]), ("digest", [.slack, .teams]),
        ]
        for owner in owners where section.has(owner.key) && !owner.presets.contains(preset) {
            section.report(.error, owner.key, "has no meaning with preset \(preset.rawValue)")
        }
    }
}

extension ConfigValue where Value == ReferencedText {
    /// A URL, or a reference to a secret one, which is looked at when it is fetched.
    fileprivate static var httpURL: Self {
        .referencedText("url", allowed: HTTPAddress.form) { text throws(ConfigFault) in _ = try HTTPAddress(text) }
    }
}

extension ConfigValue where Value == String {
    fileprivate static var template: Self {
        .init(
            "template", allowed: "text with {names}",
            read: { content, _, _ throws(ConfigFault) in
                guard !content.isEmpty, content.utf8.count <= 2_048 else {
                    throw ConfigFault("is empty or longer than 2048 bytes")
                }
                do throws(TemplateProblem) { _ = try MessageTemplate(content, for: .plain) } catch {
                    throw ConfigFault("\(error)")
                }
                return content
            }, write: { $0 })
    }
}

extension ConfigValue where Value == HTTPAddress {
    fileprivate static var httpProxy: Self {
        .init(
            "url", allowed: "http://HOST:PORT",
            read: { text, _, _ throws(ConfigFault) in
                let address = try HTTPAddress(text)
                guard !address.isTLS, address.path == "/", address.query == nil else {
                    throw ConfigFault("is not a proxy's address", allowed: "http://HOST:PORT")
                }
                return address
            }, write: { $0.description })
    }
}
