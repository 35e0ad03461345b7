// SPDX-License-Identifier: Apache-2.0

/// What tells alerts of one fingerprint apart: the masked command line, the file, the ancestors.
enum Variant {
    static func walk(_ fields: borrowing PlacedFields, into hasher: inout KeyedHasher) {
        if let line = fields.value(.commandLine) {
            combine(masked: line.text, into: &hasher)
        } else if let line = fields.value(.executableLine) {
            combine(masked: line.text, into: &hasher)
        } else {
            hasher.receiveNull(.named)
        }
        if let file = fields.value(.file), file.text.serverHalf == nil, !fields.isSocket {
            hasher.receive(.file, file)
        } else {
            hasher.receiveNull(.file)
        }
        if fields.ancestorCount > 0 {
            for generation in 0 ..< PlacedFields.ancestorLimit {
                guard let name = fields.ancestor(generation) else { continue }
                hasher.combine(UInt64(generation))
                hasher.receive(.parent, name)
            }
        }
    }

    /// The text between masked runs, each piece with its length; how many pieces follows at the end. A text without
    /// runs is one piece.
    private static func combine(masked text: Span<UInt8>, into hasher: inout KeyedHasher) {
        var place = 0
        var pieces: UInt64 = 0
        while true {
            let run = text.maskedRun(from: place)
            hasher.receive(.named, .text, text: text.extracting(place ..< run.lowerBound))
            pieces += 1
            if run.isEmpty { break }
            place = run.upperBound
        }
        hasher.combine(pieces)
    }

    /// The masked command line with `*` for every run. The file where there is no command
    /// line, and behind it where the key does not have the file already.
    static func describe(_ fields: borrowing PlacedFields, into text: inout [UInt8], limit: Int, withFile: Bool) {
        if let line = fields.value(.commandLine) {
            append(masked: line.text, to: &text, limit: limit)
        } else if let line = fields.value(.executableLine) {
            append(masked: line.text, to: &text, limit: limit)
        }
        guard text.isEmpty || withFile, let file = fields.value(.file), file.text.serverHalf == nil else { return }
        if !text.isEmpty, text.count < limit { text.append(32) }
        for index in file.text.indices where text.count < limit { text.append(file.text[index]) }
    }

    private static func append(masked line: Span<UInt8>, to text: inout [UInt8], limit: Int) {
        var place = 0
        while text.count < limit {
            let run = line.maskedRun(from: place)
            for index in place ..< run.lowerBound where text.count < limit { text.append(line[index]) }
            if run.isEmpty { break }
            if text.count < limit { text.append(42) }
            place = run.upperBound
        }
    }
}

extension PlacedFields {
    var isSocket: Bool { value(.serverAddress) != nil }
}

extension Span where Element == UInt8 {
    /// The first run at or behind `start` that is masked: five digits or more, eight hexadecimal digits or more, or the
    /// random end of a name in a temporary directory. Empty, at the end of the text, when there is none.
    func maskedRun(from start: Int) -> Range<Int> {
        var place = start
        while place < count {
            let byte = self[place]
            if byte == 47, let name = temporaryName(behind: place) {
                let end = endOfName(from: name)
                if let suffix = randomSuffix(of: name ..< end) { return suffix }
            }
            guard byte.isHexDigit else {
                place += 1
                continue
            }
            var end = place
            while end < count, self[end].isHexDigit { end += 1 }
            if end - place >= 8 { return place ..< end }
            if end - place >= 5, let digits = digitRun(in: place ..< end) { return digits }
            place = end
        }
        return count ..< count
    }

    /// Five digits or more in a row.
    private func digitRun(in range: Range<Int>) -> Range<Int>? {
        var first = range.lowerBound
        while first < range.upperBound {
            var end = first
            while end < range.upperBound, self[end].isDigit { end += 1 }
            if end - first >= 5 { return first ..< end }
            first = end + 1
        }
        return nil
    }

    /// Where a name directly below `/tmp/`, `/var/tmp/` or `/dev/shm/` begins, when the slash at `place` begins that.
    private func temporaryName(behind place: Int) -> Int? {
        let rest = extracting(place...)
        if rest.startsWith("/tmp/") { return place + 5 }
        if rest.startsWith("/dev/shm/") { return place + 9 }
        return nil
    }

    private func endOfName(from start: Int) -> Int {
        var end = start
        while end < count, self[end].isNameByte { end += 1 }
        return end
    }

    /// The end that mktemp, Python's tempfile and their like make up: six or more letters and digits behind the last
    /// `.`, `-` or `_`, or behind a leading `tmp`, that hold a digit or both cases. A plain word stays.
    private func randomSuffix(of name: Range<Int>) -> Range<Int>? {
        var first = name.upperBound
        while first > name.lowerBound, self[first - 1].isLetterOrDigit { first -= 1 }
        if first == name.lowerBound {
            guard extracting(name).startsWith("tmp") else { return nil }
            first += 3
        }
        guard name.upperBound - first >= 6 else { return nil }
        var (digits, upper, lower) = (false, false, false)
        for index in first ..< name.upperBound {
            let byte = self[index]
            if byte.isDigit { digits = true } else if byte < 97 { upper = true } else { lower = true }
        }
        return digits || upper && lower ? first ..< name.upperBound : nil
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { self >= 48 && self <= 57 }
    fileprivate var isHexDigit: Bool { isDigit || (self | 32 >= 97 && self | 32 <= 102) }
    fileprivate var isLetterOrDigit: Bool { isDigit || (self | 32 >= 97 && self | 32 <= 122) }
    fileprivate var isNameByte: Bool { isLetterOrDigit || self == 45 || self == 46 || self == 95 }
}
