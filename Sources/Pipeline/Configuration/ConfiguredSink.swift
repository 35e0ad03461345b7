// SPDX-License-Identifier: Apache-2.0
public import AlertSinks
import ConfigTree

/// A sink by its name in the configuration.
public struct ConfiguredSink: Sendable, Equatable {
    public enum Settings: Sendable, Equatable {
        case file(FileSinkSettings)
        case stdout(StdoutSinkSettings)
        case http(HTTPSinkSettings)
        case kafka(KafkaSinkSettings)
        case syslog(SyslogSinkSettings)
        case falcoGrpc(FalcoGrpcSinkSettings)

        /// The YAML `type` and metric label.
        public var typeName: String {
            switch self {
            case .file: "file"
            case .stdout: "stdout"
            case .http: "http"
            case .kafka: "kafka"
            case .syslog: "syslog"
            case .falcoGrpc: "falco_grpc"
            }
        }

        /// How it batches, when it tries again, and what may wait for it.
        public var delivery: DeliveryKeys {
            switch self {
            case .file(let file): file.delivery
            case .stdout:
                DeliveryKeys(retry: RetryLimits(first: .milliseconds(10), longest: .milliseconds(100), giveUp: nil))
            case .syslog(let syslog): syslog.delivery
            case .kafka(let kafka): kafka.delivery
            case .http(let http): http.delivery
            case .falcoGrpc: .local
            }
        }
    }

    public var name: String
    public var settings: Settings

    public init(name: String, settings: Settings) {
        self.name = name
        self.settings = settings
    }

    static func declare(_ section: inout ConfigSection) -> [ConfigNamed<Settings>]? {
        section.components(
            "sinks", name: "archive", whenAbsent: "one stdout",
            help: "Where records go: a map from names, which are metric labels, to sinks. Each gets every record.",
            types: [
                ConfigComponent("file", help: "Appends lines to a file.") { .file(FileSinkSettings(&$0)) },
                ConfigComponent("stdout", help: "Prints lines.") { .stdout(StdoutSinkSettings(&$0)) },
                ConfigComponent("kafka", help: "Messages in a topic of Apache Kafka, or of what speaks like it.") {
                    .kafka(KafkaSinkSettings(&$0))
                },
                ConfigComponent("syslog", help: "Messages of RFC 5424 over UDP, TCP, TLS or a unix socket.") {
                    .syslog(SyslogSinkSettings(&$0))
                },
                ConfigComponent("http", help: "Posts to a receiver: a SIEM, a chat, a pager.") {
                    .http(HTTPSinkSettings(&$0))
                },
                ConfigComponent("falco_grpc", help: "Serves Falco's outputs service to whoever subscribes.") {
                    .falcoGrpc(FalcoGrpcSinkSettings(&$0))
                },
                .later("mcp"),
            ])
    }
}
