// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Crypto
public import Enrichment
public import SigmaRules

/// Everything that decides beside the alerts: the configuration's text and the rules', as the journal keeps them.
///
/// Recovery runs each entry under the generation in force at its place (semantics.md, 1); so a generation is not where its
/// files are, but what they said.
public struct Generation: Sendable {
    /// The configuration file; empty when there is none.
    public var configuration: RuleFile
    /// Sigma rule files in the order of `correlate.rules`, folders resolved.
    public var rules: [RuleFile]
    /// What enrichment looks things up in. The encoded form names them by digest: they can be large.
    public var tables: [TableFile]

    public init(
        configuration: RuleFile = RuleFile(name: "", bytes: []), rules: [RuleFile] = [], tables: [TableFile] = []
    ) {
        self.configuration = configuration
        self.rules = rules
        self.tables = tables
    }

    /// SHA-256 of the encoded form, in hexadecimal: what the journal's entry names.
    public var digest: String {
        SHA256.hash(data: encoded).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    private static let version: UInt32 = 1

    /// version u32 │ configuration: name, text │ rules: { name, text }… │ tables: { path, digest }…
    public var encoded: [UInt8] {
        var writer = ByteWriter()
        writer.put(Self.version)
        writer.put(configuration)
        writer.put(rules) { $0.put($1) }
        writer.put(tables) {
            $0.put($1.path)
            $0.put($1.digest)
        }
        return writer.bytes
    }

    /// Everything for the journal to keep, by digest.
    var bodies: [String: [UInt8]] {
        var bodies = [digest: encoded]
        for table in tables { bodies[table.digest] = table.bytes }
        return bodies
    }

    /// nil when the bytes are not a generation of a version that is known, or a table is not kept.
    public init?(encoded: [UInt8], table: (String) -> [UInt8]?) {
        var reader = ByteReader(encoded)
        do throws(MalformedBytes) {
            guard try reader.take(UInt32.self) == Self.version else { return nil }
            configuration = try reader.takeText()
            rules = try reader.takeList { (reader) throws(MalformedBytes) in try reader.takeText() }
            tables = try reader.takeList { (reader) throws(MalformedBytes) in
                let path = try reader.takeString()
                guard let bytes = table(try reader.takeString()) else { throw MalformedBytes() }
                return TableFile(path: path, bytes: bytes)
            }
        } catch { return nil }
        guard reader.isAtEnd else { return nil }
    }
}

extension ByteWriter {
    fileprivate mutating func put(_ text: RuleFile) {
        put(text.name)
        put(text.bytes)
    }
}

extension ByteReader {
    fileprivate mutating func takeText() throws(MalformedBytes) -> RuleFile {
        RuleFile(name: try takeString(), bytes: try takeBytes())
    }
}
