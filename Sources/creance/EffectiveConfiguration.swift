// SPDX-License-Identifier: Apache-2.0
import AlertSinks
import AlertSources
import ConfigTree
import Pipeline

/// The configuration in force, written as a file: reading it back gives the same.
struct EffectiveConfiguration {
    private let configuration: Configuration
    private let surroundings: Surroundings
    /// Where relative paths start, so that the file can be read from anywhere; empty: they stay relative.
    private let folder: String
    private var lines: [String] = []

    init(_ configuration: Configuration, in surroundings: Surroundings, folder: String) {
        self.configuration = configuration
        self.surroundings = surroundings
        self.folder = folder
    }

    func yaml() -> String {
        var copy = self
        copy.write()
        return copy.lines.joined(separator: "\n") + "\n"
    }

    private mutating func write() {
        line(0, "version: 1")
        writeSources()
        let journal = configuration.journal
        line(0, "journal:")
        path(1, "path", journal.path ?? surroundings.journalPath)
        line(1, "durability: \(journal.durability.rawValue)")
        line(
            1, "retain: { age: \(ConfigText.of(journal.retainAge)), size: \(ConfigText.of(size: journal.retainBytes)) }"
        )
        line(1, "dead_letters: { size: \(ConfigText.of(size: journal.deadLetterLimitBytes)) }")
        let time = configuration.time
        line(0, "time:")
        line(1, "allowed_lateness: \(ConfigText.of(time.allowedLateness))")
        line(1, "future_skew: \(ConfigText.of(time.futureSkew))")
        line(1, "idle_timeout: \(ConfigText.of(time.idleTimeout))")
        lines += EffectiveEngine(configuration: configuration, absolute: absolute).lines
        writeSinks()
        writeServer()
        writeMCP()
        writeFalco()
        line(0, "log: { level: \(configuration.log.level.rawValue), format: \(configuration.log.format.rawValue) }")
    }

    private mutating func writeSources() {
        let sources = configuration.sources ?? surroundings.sources
        line(0, sources.isEmpty ? "sources: {}" : "sources:")
        for source in sources {
            line(1, "\(source.name):")
            line(2, "type: \(source.settings.typeName)")
            switch source.settings {
            case .falcoGrpc(let grpc):
                text(2, "address", grpc.address)
                if let tls = grpc.tls {
                    line(2, "tls:")
                    path(3, "ca", tls.ca)
                    path(3, "certificate", tls.certificate)
                    path(3, "key", tls.key)
                }
                if let name = grpc.serverName { text(2, "server_name", name) }
                line(2, "poll: { busy: \(ConfigText.of(grpc.pollBusy)), idle: \(ConfigText.of(grpc.pollIdle)) }")
                line(2, "receive_limit: \(ConfigText.of(size: grpc.receiveLimitBytes))")
                line(2, "in_flight: \(ConfigText.of(size: grpc.inFlightBytes))")
            case .falcoHTTP(let http):
                if let secret = http.secret { text(2, "secret", reference(secret)) } else { text(2, "path", http.path) }
                line(2, "receive_limit: \(ConfigText.of(size: http.bodyLimitBytes))")
                line(2, "alert_limit: \(ConfigText.of(size: http.alertLimitBytes))")
            case .file(let file):
                path(2, "path", file.path)
                line(2, "follow: \(file.follow)")
                if file.follow { line(2, "from: \(file.from.rawValue)") }
                line(2, "receive_limit: \(ConfigText.of(size: file.receiveLimitBytes))")
            case .stdin(let stdin):
                line(2, "receive_limit: \(ConfigText.of(size: stdin.receiveLimitBytes))")
                line(2, "stop_at_end: \(stdin.stopAtEnd)")
            }
        }
    }

    private mutating func writeSinks() {
        let sinks = configuration.sinks ?? surroundings.sinks
        line(0, sinks.isEmpty ? "sinks: {}" : "sinks:")
        for sink in sinks {
            line(1, "\(sink.name):")
            line(2, "type: \(sink.settings.typeName)")
            switch sink.settings {
            case .file(let file):
                path(2, "path", file.path)
                line(2, "format: \(file.format.rawValue)")
                line(2, "fsync: \(file.sync.rawValue)")
                writeDelivery(file.delivery)
                if let rotation = file.rotation { writeRotation(rotation) }
            case .stdout(let stdout):
                if let format = stdout.format { line(2, "format: \(format.rawValue)") }
            case .http(let http):
                let keys = EffectiveHTTPSink(settings: http, absolute: absolute, reference: reference)
                for key in keys.lines { line(2, key) }
            case .kafka(let kafka):
                let keys = EffectiveKafkaSink(settings: kafka, absolute: absolute, reference: reference)
                for key in keys.lines { line(2, key) }
                writeDelivery(kafka.delivery)
            case .syslog(let syslog): writeSyslog(syslog)
            case .falcoGrpc(let serving):
                text(2, "address", serving.address.description)
                if let tls = serving.tls {
                    line(2, "tls:")
                    path(3, "ca", tls.ca)
                    path(3, "certificate", tls.certificate)
                    path(3, "key", tls.key)
                }
                line(2, "subscriber_backlog: \(ConfigText.of(size: serving.backlogBytes))")
            }
        }
    }

    private mutating func writeSyslog(_ syslog: SyslogSinkSettings) {
        text(2, "address", syslog.address.description)
        if syslog.address.transport == .tls, syslog.tls != SyslogSinkSettings.TLSFiles() {
            line(2, "tls:")
            if let ca = syslog.tls.ca { path(3, "ca", ca) }
            if let certificate = syslog.tls.certificate { path(3, "certificate", certificate) }
            if let key = syslog.tls.key { path(3, "key", key) }
            if let name = syslog.tls.serverName { text(3, "server_name", name) }
        }
        line(2, "format: \(syslog.format.rawValue)")
        line(2, "facility: \(syslog.header.facility.name)")
        text(2, "app_name", syslog.header.appName)
        if let name = syslog.header.structuredDataID { text(2, "structured_data", name) }
        if syslog.header.writesByteOrderMark { line(2, "bom: true") }
        if syslog.address.transport == .udp {
            line(2, "max_message: \(ConfigText.of(size: syslog.messageLimitBytes))")
        } else {
            line(2, "framing: \(syslog.framing.rawValue)")
            line(2, "resend: \(ConfigText.of(size: syslog.resendBytes))")
        }
        line(2, "timeout: \(ConfigText.of(syslog.timeout))")
        writeDelivery(syslog.delivery)
    }

    private mutating func writeDelivery(_ delivery: DeliveryKeys) {
        let (batch, retry, backlog) = (delivery.batch, delivery.retry, delivery.backlog)
        line(
            2,
            "batch: { count: \(batch.count), size: \(ConfigText.of(size: batch.bytes)), "
                + "wait: \(ConfigText.of(batch.wait)) }")
        line(
            2,
            "retry: { first: \(ConfigText.of(retry.first)), longest: \(ConfigText.of(retry.longest)), "
                + "give_up: \(ConfigText.of(retry.giveUp ?? .zero)) }")
        line(2, "backlog: { size: \(ConfigText.of(size: backlog.bytes)), age: \(ConfigText.of(backlog.age)) }")
    }

    private mutating func writeRotation(_ rotation: RotationSettings) {
        var keys = ["size: \(ConfigText.of(size: rotation.sizeBytes))"]
        if let age = rotation.age { keys.append("age: \(ConfigText.of(age))") }
        keys.append("keep: \(rotation.keep)")
        if let age = rotation.keepAge { keys.append("keep_age: \(ConfigText.of(age))") }
        keys.append("compress: \(rotation.compression.rawValue)")
        line(2, "rotate: { \(keys.joined(separator: ", ")) }")
    }

    private mutating func writeServer() {
        let server = configuration.server
        line(0, "server:")
        line(1, "listen: [\(server.listen.map { Self.quoted($0.description) }.joined(separator: ", "))]")
        path(1, "control", server.control ?? surroundings.controlPath)
        line(1, "drain: \(ConfigText.of(server.drain))")
        if let tls = server.tls {
            line(1, "tls:")
            path(2, "certificate", tls.certificate)
            path(2, "key", tls.key)
            if let ca = tls.clientCA { path(2, "client_ca", ca) }
        }
        if let address = server.serveFalcoGrpc { text(1, "serve_falco_grpc", address.description) }
        lines += EffectiveAccess(access: server.access, absolute: absolute).lines
    }

    private mutating func line(_ depth: Int, _ text: String) {
        lines.append(String(repeating: "  ", count: depth) + text)
    }

    private mutating func writeMCP() {
        let mcp = configuration.mcp
        line(0, "mcp:")
        if let http = mcp.http { line(1, "http: \(http)") }
        path(1, "socket", mcp.socket ?? surroundings.assistantPath)
        line(1, "allow_writes: \(mcp.allowsWrites)")
        line(1, "allow_raw: \(mcp.allowsRaw)")
        line(1, "connections: \(mcp.connections)")
    }

    private mutating func writeFalco() {
        let falco = configuration.falco
        line(0, "falco:")
        if let executable = falco.executable { path(1, "executable", executable) }
        line(1, "rules: [\(falco.rules.map { Self.quoted(absolute($0)) }.joined(separator: ", "))]")
        line(1, "time_limit: \(ConfigText.of(falco.timeLimit))")
        line(1, "output_limit: \(ConfigText.of(size: falco.outputLimitBytes))")
        line(1, "monitoring_limit: \(ConfigText.of(falco.monitoringLimit))")
    }

    private mutating func text(_ depth: Int, _ key: String, _ value: String) {
        line(depth, "\(key): \(Self.quoted(value))")
    }

    private mutating func path(_ depth: Int, _ key: String, _ value: String) { text(depth, key, absolute(value)) }

    private func absolute(_ path: String) -> String {
        path.hasPrefix("/") || folder.isEmpty ? path : "\(folder)/\(path)"
    }

    private func reference(_ secret: Secret) -> String {
        if case .file(let path) = secret { Secret.file(path: absolute(path)).description } else { secret.description }
    }

    /// As it is where YAML takes it so, else in double quotes, whose escapes are those of JSON.
    static func quoted(_ text: String) -> String {
        let plain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a") ... UInt8(ascii: "z"), UInt8(ascii: "A") ... UInt8(ascii: "Z"), UInt8(ascii: "/"),
                UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), 48 ... 57:
                true
            default: false
            }
        }
        return plain && text.contains("/") && !text.hasPrefix("-") ? text : JSONLine.quoted(text)
    }
}
