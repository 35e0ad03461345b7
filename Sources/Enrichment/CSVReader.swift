// SPDX-License-Identifier: Apache-2.0

/// Reads comma-separated values (RFC 4180) record by record: quotes, doubled quotes, line breaks inside quotes.
/// Empty lines and lines that begin with `#` are left out; a byte order mark is skipped.
struct CSVReader {
    static let cellLimit = 64 << 10
    static let columnLimit = 256

    private let bytes: [UInt8]
    private let file: String
    private var place = 0
    /// Of the next record.
    private var line = 1

    init(_ file: TableFile) {
        bytes = file.bytes
        self.file = file.path
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { place = 3 }
    }

    /// Cells are without the spaces around them, unless they are quoted.
    mutating func next() throws(TableProblem) -> (line: Int, cells: [[UInt8]])? {
        while place < bytes.count {
            let start = line
            if bytes[place] == UInt8(ascii: "#") {
                while place < bytes.count, bytes[place] != 10 { place += 1 }
            }
            let cells = try record()
            if cells.count > 1 || !cells[0].isEmpty { return (start, cells) }
        }
        return nil
    }

    private mutating func record() throws(TableProblem) -> [[UInt8]] {
        var cells: [[UInt8]] = []
        while true {
            cells.append(try cell())
            guard cells.count <= Self.columnLimit else {
                throw TableProblem(file, line: line, "more than \(Self.columnLimit) columns")
            }
            guard place < bytes.count else { return cells }
            let end = bytes[place]
            place += 1
            if end == 10 {
                line += 1
                return cells
            }
        }
    }

    /// One cell; afterwards `place` is at the comma or line feed behind it, or at the end.
    private mutating func cell() throws(TableProblem) -> [UInt8] {
        while place < bytes.count, bytes[place] == 32 || bytes[place] == 9 { place += 1 }
        var cell: [UInt8] = []
        let start = line
        let isQuoted = place < bytes.count && bytes[place] == UInt8(ascii: "\"")
        if isQuoted {
            place += 1
            while true {
                guard place < bytes.count else { throw TableProblem(file, line: start, "a quote does not end") }
                let byte = bytes[place]
                place += 1
                if byte == UInt8(ascii: "\"") {
                    guard place < bytes.count, bytes[place] == byte else { break }
                    place += 1
                } else if byte == 10 {
                    line += 1
                }
                cell.append(byte)
                guard cell.count <= Self.cellLimit else { break }
            }
        }
        while place < bytes.count, bytes[place] != UInt8(ascii: ","), bytes[place] != 10, cell.count <= Self.cellLimit {
            let byte = bytes[place]
            if isQuoted, byte != 13, byte != 32, byte != 9 {
                throw TableProblem(file, line: line, "something follows a closing quote")
            }
            if !isQuoted { cell.append(byte) }
            place += 1
        }
        guard cell.count <= Self.cellLimit else {
            throw TableProblem(file, line: start, "a cell is longer than \(Self.cellLimit) bytes")
        }
        if !isQuoted {
            while let last = cell.last, last == 32 || last == 9 || last == 13 { cell.removeLast() }
        }
        return cell
    }
}
