// SPDX-License-Identifier: Apache-2.0
import AlertSinks
import AlertSources

/// What a configuration leaves to the machine: facts found in the build step, and the choices made from them.
public struct Surroundings: Sendable {
    public var isRoot: Bool
    public var environment: [String: String]
    /// `falcoSocket` exists.
    public var hasFalcoSocket: Bool

    public static let falcoSocket = "/run/falco/falco.sock"

    public init(isRoot: Bool, environment: [String: String], hasFalcoSocket: Bool) {
        self.isRoot = isRoot
        self.environment = environment
        self.hasFalcoSocket = hasFalcoSocket
    }

    /// Where state is kept: what systemd says, root's place, or the user's by the XDG base directory specification.
    public var stateDirectory: String {
        // systemd gives several, separated by colons, when the unit names several.
        if let given = environment["STATE_DIRECTORY"]?.split(separator: ":").first { return String(given) }
        if isRoot { return "/var/lib/creance" }
        if let folder = environment["XDG_STATE_HOME"], folder.hasPrefix("/") { return "\(folder)/creance" }
        if let home = environment["HOME"], home.hasPrefix("/") { return "\(home)/.local/state/creance" }
        return "/var/lib/creance"
    }

    public var journalPath: String { "\(stateDirectory)/journal.db" }

    public var controlPath: String { "\(runtimeDirectory)/control.sock" }
    /// Of the socket for assistants.
    public var assistantPath: String { "\(runtimeDirectory)/mcp.sock" }

    private var runtimeDirectory: String {
        if let given = environment["RUNTIME_DIRECTORY"]?.split(separator: ":").first { return String(given) }
        if isRoot { return "/run/creance" }
        if let folder = environment["XDG_RUNTIME_DIR"], folder.hasPrefix("/") { return "\(folder)/creance" }
        return stateDirectory
    }

    /// The sources when the configuration names none.
    public var sources: [ConfiguredSource] {
        let http = ConfiguredSource(name: "http", settings: .falcoHTTP(FalcoHTTPSourceSettings()))
        guard hasFalcoSocket else { return [http] }
        let address = "unix://\(Self.falcoSocket)"
        return [ConfiguredSource(name: "falco", settings: .falcoGrpc(FalcoGrpcSourceSettings(address: address))), http]
    }

    /// The sinks when the configuration names none.
    public var sinks: [ConfiguredSink] { [ConfiguredSink(name: "stdout", settings: .stdout(StdoutSinkSettings()))] }
}
