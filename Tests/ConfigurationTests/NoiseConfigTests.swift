// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertModel
import ConfigTree
import FalcoRules
import Pipeline
import Testing

/// The sections `silence`, `inhibit`, `storm` and `route`, each read on its own.
@Suite struct NoiseConfigTests {
    private func read<Value>(_ yaml: String, _ declare: (inout ConfigSection) -> Value) -> ConfigOutcome<Value> {
        ConfigDocument(Array(yaml.utf8), file: "t.yaml").check(declare)
    }

    private func problems<Value>(_ yaml: String, _ declare: (inout ConfigSection) -> Value) -> [String] {
        read(yaml, declare).problems.map(\.description)
    }

    // MARK: silence

    private let silence = """
        silence:
          - when: 'hostname startswith "build-" and priority < warning'
            until: 2027-01-01T00:00:00Z
            reason: build hosts compile untrusted code by design
        """

    @Test func `a silence has a condition, an end and a reason`() throws {
        let config = try #require(read(silence) { SilenceConfig(root: &$0) }.value)
        let one = try #require(config.settings.silences.first)
        #expect(config.settings.silences.count == 1)
        #expect(one.silence.when == "hostname startswith \"build-\" and priority < warning")
        #expect(one.silence.until.description == "2027-01-01T00:00:00.000000000Z")
        #expect(one.silence.reason == "build hosts compile untrusted code by design")
        #expect(try #require(read("") { SilenceConfig(root: &$0) }.value).settings == SilenceSettings())
    }

    @Test func `every part of a silence is required, and its end must be a time`() {
        #expect(
            problems("silence: [{}]") { SilenceConfig(root: &$0) }.map { $0.prefix(38) } == [
                "t.yaml:1:11: error: silence[0].when: i", "t.yaml:1:11: error: silence[0].until: ",
                "t.yaml:1:11: error: silence[0].reason:",
            ])
        let soon = problems("silence: [{when: priority < error, until: soon, reason: r}]") { SilenceConfig(root: &$0) }
        #expect(soon.count == 1 && soon[0].contains("silence[0].until: \"soon\" is not a time"))
        #expect(
            problems("silence: [{when: 'priority <', until: 2027-01-01T00:00:00Z, reason: r}]") {
                SilenceConfig(root: &$0)
            }.count == 1)
        #expect(problems("silence: {}") { SilenceConfig(root: &$0) }.count == 1)
    }

    @Test func `a silence that is over is a warning for who knows the time`() throws {
        let config = try #require(read(silence) { SilenceConfig(root: &$0) }.value)
        let end = try #require(config.settings.silences.first).silence.until
        #expect(config.problems(at: end.advanced(by: .nanoseconds(-1))).isEmpty)
        let said = config.problems(at: end)
        #expect(said.map(\.severity) == [.warning] && said.map(\.key) == ["silence[0].until"])
        #expect(said.first?.place?.line == 3)
    }

    @Test func `the same silence twice is a warning`() {
        let twice = silence + "\n" + silence.split(separator: "\n").dropFirst().joined(separator: "\n")
        let outcome = read(twice) { SilenceConfig(root: &$0) }
        #expect(outcome.value != nil)
        #expect(outcome.problems.map(\.what) == ["says the same as silence[0]"])
    }

    // MARK: inhibit

    @Test func `an inhibition is read, with five minutes for alerts when nothing is said`() throws {
        let yaml = """
            inhibit:
              - { when: 'kind = incident and rule.title = "Container escape"', hold: 'priority <= warning', equal: [hostname] }
              - { when: 'rule = "Drift"', hold: 'priority < error', for: 1h }
            """
        let rules = try #require(read(yaml) { InhibitSettings(root: &$0) }.value).rules
        #expect(rules.map(\.equal) == [["hostname"], []])
        #expect(rules.map(\.duration) == [.seconds(300), .seconds(3_600)])
        #expect(rules.map(\.hold.text) == ["priority <= warning", "priority < error"])
    }

    @Test func `an inhibition needs both conditions`() {
        #expect(problems("inhibit: [{ equal: [hostname] }]") { InhibitSettings(root: &$0) }.count == 2)
        let fields = (0 ..< 17).map { "x.f\($0)" }.joined(separator: ", ")
        let many = "inhibit: [{ when: priority = error, hold: priority < error, equal: [\(fields)] }]"
        #expect(problems(many) { InhibitSettings(root: &$0) }.count == 1)
    }

    // MARK: storm

    private func storm(_ yaml: String) -> ConfigOutcome<StormSettings?> {
        read(yaml) { $0.optionalSection("storm", help: StormSettings.help, StormSettings.init) }
    }

    @Test func `storm control is off without its section, and has its defaults in an empty one`() throws {
        let absent = try #require(storm("").value)
        #expect(absent == nil)
        let read = try #require(storm("storm: {}").value)
        let standard = try #require(read)
        #expect(standard.perRule == .init(burst: 100, count: 10))
        #expect(standard.perScope == .init(burst: 200, count: 20))
        #expect(standard.overall == .init(burst: 5_000, count: 500))
        #expect(standard.quiet == .seconds(60))
    }

    @Test func `buckets are read`() throws {
        let yaml = "storm: { per_rule: { burst: 7, rate: 90/m }, overall: { rate: 3/h }, quiet: 5m }"
        let read = try #require(storm(yaml).value)
        let settings = try #require(read)
        #expect(settings.perRule == .init(burst: 7, count: 90, per: .seconds(60)))
        #expect(settings.overall == .init(burst: 5_000, count: 3, per: .seconds(3_600)))
        #expect(settings.quiet == .seconds(300))
    }

    @Test(arguments: ["{ burst: 0 }", "{ burst: 1000001 }", "{ rate: 0/s }", "{ rate: 1000001/s }", "{ rate: 10 }"])
    func `a bucket that holds nothing or too much is refused`(bucket: String) {
        #expect(storm("storm: { per_rule: \(bucket) }").problems.count == 1)
    }

    // MARK: route

    private func route(_ yaml: String) -> ConfigOutcome<RouteConfig> { read(yaml) { RouteConfig(root: &$0) } }

    @Test func `routes are read in their order`() throws {
        let yaml = """
            route:
              - { when: 'priority >= error or kind = incident', to: [pager, archive], continue: false }
              - { to: [archive] }
            """
        let config = try #require(route(yaml).value)
        #expect(config.settings.rules?.map(\.to) == [["pager", "archive"], ["archive"]])
        #expect(config.settings.rules?.map { $0.when?.text } == ["priority >= error or kind = incident", nil])
        #expect(config.problems(sinks: ["archive", "pager"]).isEmpty)
        #expect(try #require(route("").value).settings.rules == nil)
        #expect(try #require(route("route: []").value).settings.rules == [])
    }

    @Test func `a route names its sinks, none if it says so`() {
        #expect(route("route: [{ when: priority = error }]").problems.map(\.key) == ["route[0].to"])
        #expect(route("route: [{ to: [] }]").problems.isEmpty)
    }

    @Test func `a sink that is none is an error with what was probably meant`() throws {
        let config = try #require(route("route: [{ to: [archiv] }, { to: [nowhere] }]").value)
        let said = config.problems(sinks: ["archive", "pager"])
        #expect(said.map(\.suggestion) == ["archive", nil, nil])
        #expect(said.map(\.severity) == [.error, .error, .warning])
        #expect(said[2].what == "sends nothing to archive, pager")
    }

    @Test func `what stands behind a route that takes everything is said to be out of reach`() {
        let outcome = route("route: [{ to: [a] }, { to: [b] }]")
        #expect(outcome.value != nil)
        #expect(outcome.problems.map(\.what) == ["is never reached: route[0] takes everything"])
        #expect(route("route: [{ to: [a], continue: true }, { to: [b] }]").problems.isEmpty)
    }

    @Test func `a list with too many sets of sinks is an error`() throws {
        let rules = (0 ..< 11).map { "{ when: 'hostname = h\($0)', to: [s\($0)], continue: true }" }
        let config = try #require(route("route: [\(rules.joined(separator: ", "))]").value)
        #expect(config.problems(sinks: (0 ..< 11).map { "s\($0)" }).map(\.severity) == [.error])
    }
}
