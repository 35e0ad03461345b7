// SPDX-License-Identifier: Apache-2.0

/// Where a secret is kept: `${file:PATH}` or `${env:NAME}`. Holds the reference, never the secret.
public enum Secret: Sendable, Hashable, CustomStringConvertible {
    case file(path: String)
    case environment(name: String)

    public var description: String {
        switch self {
        case .file(let path): "${file:\(path)}"
        case .environment(let name): "${env:\(name)}"
        }
    }

    /// The most bytes a secret may have.
    public static let limitBytes = 64 << 10

    static let form = "${file:PATH} or ${env:NAME}"

    /// - Throws: a fault that does not repeat the text, which may be the secret itself.
    init(_ text: String, folder: String) throws(ConfigFault) {
        guard text.hasPrefix("${"), text.hasSuffix("}"), let colon = text.firstIndex(of: ":") else {
            throw ConfigFault("a secret is given by reference, never written here", allowed: Self.form)
        }
        let kind = text[..<colon].dropFirst(2)
        let name = text[text.index(after: colon)...].dropLast()
        switch kind {
        case "file":
            guard !name.isEmpty, !name.utf8.contains(0) else {
                throw ConfigFault("the reference names no file", allowed: Self.form)
            }
            self = .file(path: resolve(String(name), in: folder))
        case "env":
            guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "=") }) else {
                throw ConfigFault("the reference names no environment variable", allowed: Self.form)
            }
            self = .environment(name: String(name))
        default: throw ConfigFault("a secret is given by reference, never written here", allowed: Self.form)
        }
    }

    /// Fetches the secret. The only step with I/O, which the caller brings; belongs to the build step.
    ///
    /// One line break at the end is not part of it: editors and `echo` put it there.
    public func fetch(
        file: (String) throws -> [UInt8], environment: (String) -> String?
    ) throws -> SecretText {
        switch self {
        case .environment(let name):
            guard let value = environment(name), !value.isEmpty else { throw SecretError.unset(self) }
            return SecretText(bytes: Array(value.utf8))
        case .file(let path):
            var bytes = try file(path)
            if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
            if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
            guard !bytes.isEmpty else { throw SecretError.unset(self) }
            guard bytes.count <= Self.limitBytes else { throw SecretError.tooLarge(self) }
            return SecretText(bytes: bytes)
        }
    }
}

/// A secret itself. Printing it, however deep it lies in what is printed, shows that it is one and nothing more.
public struct SecretText: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable
{
    public let bytes: [UInt8]
    public init(bytes: [UInt8]) { self.bytes = bytes }
    public var description: String { "(secret)" }
    public var debugDescription: String { "(secret)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why a secret could not be fetched. Names the reference, never the content.
public enum SecretError: Error, Sendable, Equatable, CustomStringConvertible {
    case unset(Secret)
    case tooLarge(Secret)

    public var description: String {
        switch self {
        case .unset(let secret): "\(secret) is empty or not set"
        case .tooLarge(let secret): "\(secret) has more than \(Secret.limitBytes) bytes"
        }
    }
}

/// A path as seen from a folder. Only text: nothing is looked up.
func resolve(_ path: String, in folder: String) -> String {
    guard !path.hasPrefix("/"), !folder.isEmpty, folder != "." else { return path }
    return folder.hasSuffix("/") ? folder + path : "\(folder)/\(path)"
}
