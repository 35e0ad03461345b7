// SPDX-License-Identifier: Apache-2.0
public import ConfigTree

/// Where the one HTTP server takes alerts for one source.
public struct FalcoHTTPSourceSettings: Sendable, Hashable {
    /// Starts with `/`. Not used when there is a secret.
    public var path: String
    /// When there is one, the path is `/` and the secret. A reference: fetched in the build step.
    public var secret: Secret?
    /// A longer body, as sent or unpacked, becomes one dead letter.
    public var bodyLimitBytes: Int
    /// A longer alert becomes a dead letter.
    public var alertLimitBytes: Int

    public init(path: String = "/", secret: Secret? = nil) {
        let limits = HTTPIngestSettings()
        self.path = path
        self.secret = secret
        bodyLimitBytes = limits.bodyLimitBytes
        alertLimitBytes = limits.alertLimitBytes
    }

    /// For the intake behind the server.
    public var ingest: HTTPIngestSettings {
        var settings = HTTPIngestSettings()
        settings.bodyLimitBytes = bodyLimitBytes
        settings.alertLimitBytes = alertLimitBytes
        return settings
    }
}
