// SPDX-License-Identifier: Apache-2.0

/// What a document from outside may be.
public struct JSONLimits: Sendable {
    /// Bytes of the whole document.
    public var bytes: Int
    /// Arrays and objects inside one another. At most 512 count, whatever is set: the reader calls itself.
    public var depth: Int
    /// Values of all kinds in the document; bounds the memory that a small document can ask for.
    public var values: Int
    /// Characters of one number.
    public var numberLength: Int

    public init(bytes: Int = 1 << 20, depth: Int = 64, values: Int = 100_000, numberLength: Int = 128) {
        self.bytes = bytes
        self.depth = min(depth, 512)
        self.values = values
        self.numberLength = numberLength
    }
}

/// Why a document was refused. Says where, never what stood there: the text comes from outside.
public struct JSONReadError: Error, Equatable {
    public enum Reason: String, Sendable {
        case tooLarge = "the document is too large"
        case tooDeep = "values are nested too deeply"
        case tooManyValues = "the document has too many values"
        case numberTooLong = "a number is too long"
        case unexpectedEnd = "the document ends too early"
        case unexpectedByte = "a byte does not belong here"
        case malformedNumber = "a number is malformed"
        case malformedEscape = "an escape is malformed"
        case loneSurrogate = "an escaped surrogate has no partner"
        case controlCharacter = "a control character in a string is not escaped"
        case invalidUTF8 = "a string is not UTF-8"
        case duplicateName = "an object has a name twice"
        case trailingBytes = "something follows the document"
    }

    public let reason: Reason
    /// Bytes from the start of the document.
    public let offset: Int
}
