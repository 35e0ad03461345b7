// SPDX-License-Identifier: Apache-2.0
import AlertSinks
import AlertSources
import ConfigTree
import Foundation
import Pipeline
import Server

/// Something on this machine that will stand in a configuration's way, or may.
struct MachineFinding: Equatable {
    /// The key path it is about.
    let key: String
    let what: String
}

/// Holds a good configuration against the machine it may run on. Reads and asks; makes and opens nothing.
struct MachineLook {
    private let configuration: Configuration
    private let surroundings: Surroundings
    /// Unix time, s: certificates end.
    private let now: Int64

    init(_ configuration: Configuration, in surroundings: Surroundings, now: Int64) {
        self.configuration = configuration
        self.surroundings = surroundings
        self.now = now
    }

    func findings() -> [MachineFinding] {
        var findings: [MachineFinding] = []
        func add(_ key: String, _ what: String?) {
            if let what { findings.append(MachineFinding(key: key, what: what)) }
        }
        for source in configuration.sources ?? surroundings.sources { look(at: source, add) }
        add("journal.path", unwritable(configuration.journal.path ?? surroundings.journalPath, makesFolders: true))
        for sink in configuration.sinks ?? surroundings.sinks {
            if case .file(let file) = sink.settings {
                add("sinks.\(sink.name).path", unwritable(file.path, makesFolders: true))
            }
            if case .http(let http) = sink.settings { look(at: http, "sinks.\(sink.name)", add) }
        }
        look(at: configuration.server, add)
        look(at: configuration.falco, add)
        return findings
    }

    private func look(at source: ConfiguredSource, _ add: (String, String?) -> Void) {
        let key = "sources.\(source.name)"
        switch source.settings {
        case .falcoGrpc(let grpc):
            if let socket = Self.socketPath(grpc.address) { add("\(key).address", Self.unusableSocket(socket)) }
            if let tls = grpc.tls {
                add(
                    "\(key).tls",
                    CertificateLook.client(ca: tls.ca, certificate: tls.certificate, key: tls.key, now: now))
            }
        case .falcoHTTP(let http):
            if let secret = http.secret { add("\(key).secret", unfetchable(secret)) }
        case .file(let file):
            add("\(key).path", Self.unreadable(file.path, mayComeLater: file.follow))
        case .stdin: break
        }
    }

    private func look(at http: HTTPSinkSettings, _ key: String, _ add: (String, String?) -> Void) {
        if case .secret(let url) = http.url { add("\(key).url", unfetchable(url)) }
        if let token = http.token { add("\(key).token", unfetchable(token)) }
        if let password = http.password { add("\(key).password", unfetchable(password)) }
        for header in http.headers {
            if case .secret(let value) = header.value { add("\(key).headers", unfetchable(value)) }
        }
        let files = http.connection.tls
        for path in [files.ca, files.certificate, files.key].compactMap(\.self) {
            add("\(key).tls", Self.unreadable(path, mayComeLater: false))
        }
    }

    private func look(at server: ServerConfig, _ add: (String, String?) -> Void) {
        for case .unix(let path) in server.listen { add("server.listen", unwritable(path, makesFolders: false)) }
        if case .unix(let path) = server.serveFalcoGrpc {
            add("server.serve_falco_grpc", unwritable(path, makesFolders: false))
        }
        if let tls = server.tls {
            add(
                "server.tls",
                CertificateLook.server(ca: tls.clientCA, certificate: tls.certificate, key: tls.key, now: now))
        }
        if let signed = server.access.signed {
            do throws(ServerProblem) {
                _ = try SignedTokens(issuer: signed.issuer, resource: signed.resource, keysPath: signed.keys)
            } catch {
                add("server.jwt.keys", "\(error)")
            }
        }
    }

    private func look(at falco: FalcoConfig, _ add: (String, String?) -> Void) {
        if let executable = falco.executable {
            let canRun =
                PathLook.kind(executable) != .folder && FileManager.default.isExecutableFile(atPath: executable)
            add("falco.executable", canRun ? nil : "there is no program at \(executable) that this user may run")
        }
        for path in falco.rules where PathLook.kind(path) != .folder {
            add("falco.rules", Self.unreadable(path, mayComeLater: false))
        }
    }

    static func socketPath(_ address: String) -> String? {
        guard address.hasPrefix("unix:") else { return nil }
        return String(address.dropFirst(address.hasPrefix("unix://") ? 7 : 5))
    }

    private static func unusableSocket(_ path: String) -> String? {
        switch PathLook.kind(path) {
        case nil: "there is no socket at \(path) yet; creance keeps trying"
        case .socket: PathLook.mayWrite(path) ? nil : "this user may not use the socket \(path)"
        default: "\(path) is not a socket"
        }
    }

    private static func unreadable(_ path: String, mayComeLater: Bool) -> String? {
        switch PathLook.kind(path) {
        case nil: mayComeLater ? "there is no file at \(path) yet; creance waits for it" : "there is no file at \(path)"
        case .folder: "\(path) is a folder"
        default: PathLook.mayRead(path) ? nil : "this user may not read \(path)"
        }
    }

    /// Why a file or socket at `path` could not be made or written.
    private func unwritable(_ path: String, makesFolders: Bool) -> String? {
        switch PathLook.kind(path) {
        case .folder: return "\(path) is a folder"
        case .some: return PathLook.mayWrite(path) ? nil : "this user may not write \(path)"
        case nil: break
        }
        var folder = Self.parent(of: path)
        while makesFolders, folder != "/", folder != ".", PathLook.kind(folder) == nil {
            folder = Self.parent(of: folder)
        }
        switch PathLook.kind(folder) {
        case nil: return "there is no folder \(folder)"
        case .folder: return PathLook.mayEnterAndWrite(folder) ? nil : "this user may not make files in \(folder)"
        default: return "\(folder) is not a folder"
        }
    }

    /// The folder a path lies in; text only.
    static func parent(of path: String) -> String {
        let bare = path.count > 1 && path.hasSuffix("/") ? path.dropLast() : path[...]
        guard let slash = bare.lastIndex(of: "/") else { return "." }
        return slash == bare.startIndex ? "/" : String(bare[..<slash])
    }

    private func unfetchable(_ secret: Secret) -> String? {
        switch secret {
        case .file(let path):
            return Self.unreadable(path, mayComeLater: false)
        case .environment(let name):
            return (surroundings.environment[name] ?? "").isEmpty
                ? "the environment variable \(name) is not set here; the daemon may have it" : nil
        }
    }
}
