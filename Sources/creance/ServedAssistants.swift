// SPDX-License-Identifier: Apache-2.0
import MCPServing
import Pipeline
import Server

extension ServerSurfaces {
    /// The same with `/mcp`, and asking callers for what the configuration asks for.
    ///
    /// - Parameter http: `mcp.http`; absent: served where it may be.
    func serving(
        _ endpoint: AssistantEndpoint, http: Bool?, to access: AccessConfig
    ) throws(ServerProblem) -> ServerSurfaces {
        var surfaces = self
        if http ?? true { surfaces.assistant = endpoint }
        surfaces.access = AccessRules(
            tokens: access.tokens.map { token in
                AccessToken(
                    name: token.name, digest: token.digest.bytes,
                    scopes: token.scopes.reduce(into: []) { $0.formUnion($1.scopes) })
            }, hosts: access.hosts, origins: access.origins)
        if let signed = access.signed {
            surfaces.access.signed = try SignedTokens(
                issuer: signed.issuer, resource: signed.resource, keysPath: signed.keys)
        }
        return surfaces
    }
}
