// SPDX-License-Identifier: Apache-2.0

/// Why a rules file does not load.
public struct LoadError: Error, Hashable, Sendable {
    /// Errors kept of one file.
    static let limit = 100

    public let code: LoadErrorCode
    public let message: String
    public let context: LoadContext
    /// What was probably meant. Falco has no such thing.
    public let suggestion: String?
    /// Something is missing only because of another error, which has been told.
    var isConsequence = false
    /// A bound of this reader's own was reached; Falco has none there.
    var isBound = false

    init(_ code: LoadErrorCode, _ message: String, _ context: LoadContext, suggestion: String? = nil) {
        self.code = code
        self.message = message
        self.context = context
        self.suggestion = suggestion
    }

    static func bound(_ code: LoadErrorCode, _ message: String, _ context: LoadContext) -> LoadError {
        var error = LoadError(code, message, context)
        error.isBound = true
        return error
    }
}

/// What is odd in a rules file that loads.
public struct LoadWarning: Hashable, Sendable {
    public let code: LoadWarningCode
    public let message: String
    public let context: LoadContext
    /// The field that newer Falcos no longer have, for a warning about one.
    public let deprecatedField: String?

    init(_ code: LoadWarningCode, _ message: String, _ context: LoadContext, deprecatedField: String? = nil) {
        self.code = code
        self.message = message
        self.context = context
        self.deprecatedField = deprecatedField
    }
}

/// What came of one rules file. Falco stops at a file's first error; here the first is Falco's, and all others follow.
public struct LoadResult: Sendable {
    public let name: String
    /// Of this file and those before it.
    let contents: [String: [UInt8]]
    /// At most a hundred.
    public internal(set) var errors: [LoadError] = []
    public internal(set) var warnings: [LoadWarning] = []
    /// Does the file have known keys only? nil when there was nothing to look at.
    public internal(set) var isSchemaValid: Bool?
    public internal(set) var schemaWarnings: [String] = []

    init(name: String, contents: [String: [UInt8]]) {
        self.name = name
        self.contents = contents
    }

    public var isSuccessful: Bool { errors.isEmpty }

    /// The line that a message is about, and a line that points into it.
    public func snippet(of context: LoadContext) -> String { context.snippet(of: contents[context.file] ?? []) }

    /// As `falco -V` prints it.
    public var text: String {
        var text = "\(name): " + (isSuccessful ? warnings.isEmpty ? "Ok" : "Ok, with warnings" : "Invalid")
        if !errors.isEmpty {
            text += "\n\(errors.count) Errors:\n"
            for error in errors {
                text += part(error.context, "\(error.code.rawValue) (\(error.code.meaning))", error.message)
            }
        }
        if !warnings.isEmpty {
            text += "\n\(warnings.count) Warnings:\n"
            for warning in warnings {
                text += part(warning.context, "\(warning.code.rawValue) (\(warning.code.meaning))", warning.message)
            }
        }
        return text
    }

    private func part(_ context: LoadContext, _ head: String, _ message: String) -> String {
        var text = ""
        for (index, location) in context.locations.enumerated() {
            let name = location.itemName.isEmpty ? "" : " '\(location.itemName)'"
            let position = location.position
            text += (index == 0 ? "In " : "    ") + "\(location.kind.rawValue)\(name): "
            text += "(\(location.name):\(position.line):\(position.column))\n"
        }
        return text + "------\n\(snippet(of: context))------\n\(head): \(message)\n"
    }
}
