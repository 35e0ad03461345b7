// SPDX-License-Identifier: Apache-2.0
public import AlertSources
import ConfigTree

/// A source by its name in the configuration.
public struct ConfiguredSource: Sendable, Equatable {
    public enum Settings: Sendable, Equatable {
        case falcoGrpc(FalcoGrpcSourceSettings)
        case falcoHTTP(FalcoHTTPSourceSettings)
        case file(FileSourceSettings)
        case stdin(StdinSourceSettings)

        /// The YAML `type` and metric label.
        public var typeName: String {
            switch self {
            case .falcoGrpc: "falco_grpc"
            case .falcoHTTP: "falco_http"
            case .file: "file"
            case .stdin: "stdin"
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
            "sources", name: "node",
            whenAbsent: "falco_grpc at unix:///run/falco/falco.sock when that exists, and falco_http at /",
            help: "Where alerts come from: a map from names, which are metric labels, to sources.",
            types: [
                ConfigComponent("falco_grpc", help: "Subscribes to Falco's outputs service (Falco up to 0.43).") {
                    .falcoGrpc(FalcoGrpcSourceSettings(&$0))
                },
                ConfigComponent("falco_http", help: "Takes what Falco's http_output sends, on server.listen.") {
                    .falcoHTTP(FalcoHTTPSourceSettings(&$0))
                },
                ConfigComponent("file", help: "Reads what Falco's file_output wrote, and follows it.") {
                    .file(FileSourceSettings(&$0))
                },
                ConfigComponent("stdin", help: "Reads JSON lines from standard input.") {
                    .stdin(StdinSourceSettings(&$0))
                },
            ])
    }
}
