// SPDX-License-Identifier: Apache-2.0
import HummingbirdCore
import MCPServing

/// Whether somebody who was let in to a stream still would be: signed tokens expire, and others are taken out of the
/// configuration. Asked before each piece of the stream; at most so often the question costs anything.
struct StandingAccess {
    /// A quiet stream sends a comment every 15 s: it ends within that and this.
    static let interval = Duration.seconds(10)

    private let caller: Caller
    private var checked = ContinuousClock.now

    init(_ caller: Caller) { self.caller = caller }

    mutating func holds(for request: Request, _ visitor: Visitor, _ gate: PipelineGate) async -> Bool {
        guard .now - checked >= Self.interval else { return true }
        checked = .now
        let (served, isShut) = gate.now
        // While one pipeline gives way to another nobody is sent away.
        if isShut { return true }
        do throws(AccessRules.Denied) {
            return try await visitor.caller(of: request, served.surfaces.access) == caller
        } catch {
            return false
        }
    }
}
