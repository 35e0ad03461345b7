// SPDX-License-Identifier: Apache-2.0
import ConfigTree

/// A declaration with every kind of key, for the tests.
struct SampleConfig: Equatable {
    enum Level: String, CaseIterable, Sendable { case memory, os, disk }

    struct Poll: Equatable {
        var busy: Duration
        var idle: Duration

        init(_ section: inout ConfigSection) {
            busy = section.duration(
                "busy", default: .milliseconds(2), in: .milliseconds(1) ... .seconds(1),
                help: "How often to ask while alerts come.")
            idle = section.duration(
                "idle", default: .milliseconds(50), in: .milliseconds(1) ... .seconds(60),
                help: "How often to ask while none come.")
            if busy > idle { section.report(.error, "busy", "is longer than idle") }
        }
    }

    struct Certificates: Equatable {
        var ca: String
        var key: String?

        init(_ section: inout ConfigSection) {
            ca = section.required("ca", .path, standIn: "", example: "ca.crt", help: "Whom to trust.")
            key = section.optional("key", .path, help: "Our key.")
        }
    }

    enum Part: Equatable {
        case dial(ConfigAddress, Poll, Certificates?)
        case mount(String, Secret?)
    }

    struct Named: Equatable {
        var name: String
        var part: Part
    }

    var version: Int
    var level: Level
    var limit: Int
    var isOn: Bool
    var rate: ConfigRate
    var until: ConfigTime?
    var words: [String]
    var parts: [Named]
    var holds: [String]

    init(_ section: inout ConfigSection) {
        version = section.integer("version", default: 1, in: 1 ... 1, help: "The version of this format.")
        level = section.choice("level", default: .os, later: ["tape"], help: "How safe is safe.")
        limit = section.size("limit", default: 64 << 20, in: 1 << 10 ... 4 << 30, help: "How much may wait.")
        isOn = section.bool("enabled", default: true, help: "On or off.")
        rate = section.rate("rate", default: .init(10, per: .seconds(1)), help: "How often.")
        until = section.optional("until", .time, help: "How long.")
        words = section.list("words", of: .text, default: ["one"], help: "Some words.")
        let parts: [ConfigNamed<Part>]? = section.components(
            "parts", name: "node", whenAbsent: "one that dials 127.0.0.1", help: "The parts.",
            types: [
                ConfigComponent("dial", help: "Dials.") { section in
                    let address = section.required(
                        "address", .address(), standIn: .unix(path: "/"), example: "unix:///run/a.sock",
                        help: "Where to.")
                    let poll = section.section("poll", help: "How often to ask.", Poll.init)
                    let tls = section.optionalSection("tls", help: "Certificates.", Certificates.init)
                    return .dial(address, poll, tls)
                },
                ConfigComponent("mount", help: "Mounts.") { section in
                    .mount(
                        section.path("path", default: "/", help: "Where."), section.secret("secret", help: "Who may."))
                },
                .later("orbit"),
            ])
        if let parts, let first = parts.first, let twin = parts.dropFirst().first(where: { $0.value == first.value }) {
            section.report(twin.problem(.warning, "type", "is the same part as \(first.name)"))
        }
        self.parts = (parts ?? []).map { Named(name: $0.name, part: $0.value) }
        holds = section.sections("hold", help: "What to hold.") { section in
            section.required("when", .text, standIn: "", example: "always", help: "When.")
        }
        section.later("route", "inhibit")
    }

    static func check(_ yaml: String, file: String = "test.yaml") -> ConfigOutcome<SampleConfig> {
        ConfigDocument(Array(yaml.utf8), file: file).check(SampleConfig.init)
    }
}
