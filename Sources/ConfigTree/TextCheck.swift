// SPDX-License-Identifier: Apache-2.0

/// What a file must be before it is read as YAML: of bounded size and UTF-8.
enum TextCheck {
    static func problem(of bytes: [UInt8], file: String) -> ConfigProblem? {
        guard bytes.count <= ConfigLimit.bytes else {
            return .init(
                .error, at: ConfigPlace(file: file, line: 1, column: 1), key: "",
                "the file has \(bytes.count) bytes", allowed: "up to \(ConfigLimit.bytes) bytes")
        }
        if bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff]) {
            return .init(
                .error, at: ConfigPlace(file: file, line: 1, column: 1), key: "", "the file is UTF-16", allowed: "UTF-8"
            )
        }
        guard let offset = firstInvalidByte(in: bytes) else { return nil }
        return .init(
            .error, at: place(of: offset, in: bytes, file: file), key: "",
            "byte 0x\(String(bytes[offset], radix: 16)) is not UTF-8", allowed: "UTF-8")
    }

    /// Line and column of a byte. Columns count Unicode scalars, as the YAML parser does.
    static func place(of offset: Int, in bytes: [UInt8], file: String) -> ConfigPlace {
        var line = 1
        var column = 1
        for byte in bytes.prefix(max(0, offset)) {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xc0 != 0x80 {
                column += 1
            }
        }
        return ConfigPlace(file: file, line: line, column: column)
    }

    private static func firstInvalidByte(in bytes: [UInt8]) -> Int? {
        var decoder = Unicode.UTF8.ForwardParser()
        var input = bytes.makeIterator()
        var offset = 0
        while true {
            switch decoder.parseScalar(from: &input) {
            case .valid(let scalar): offset += scalar.count
            case .emptyInput: return nil
            case .error: return min(offset, bytes.count - 1)
            }
        }
    }
}
