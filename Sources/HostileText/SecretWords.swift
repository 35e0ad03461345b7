// SPDX-License-Identifier: Apache-2.0

/// Secrets that are known by the word before them: `password=X`, `--token X`, `Bearer X`, `curl -u user:X`.
extension SecretScanner {
    /// Letters and digits, joined by `_`, `-` and `.`: `spring.datasource.password` is one word.
    mutating func takeWord() {
        let start = at
        var end = run(from: at) { Ascii.isAlphanumeric($0) || $0 == 0x5F }
        while let joint = byte(end), joint == 0x2D || joint == 0x2E, let next = byte(end + 1),
            Ascii.isAlphanumeric(next)
        {
            // A token may begin behind the joint.
            at = end + 1
            if takeToken() { return }
            end = run(from: end + 1) { Ascii.isAlphanumeric($0) || $0 == 0x5F }
        }
        at = end
        let word = Self.compact(text[max(start, end - 64) ..< end])
        defer { previousWord = word }
        note(program: word)
        // `./x.sshpass`: the last part of a joined word may name the program.
        if let joint = text[max(start, end - 64) ..< end].lastIndex(where: { $0 == 0x2E || $0 == 0x2D }) {
            note(program: Self.compact(text[joint + 1 ..< end]))
        }
        if word == Known.bearer { return takeBearer(least: 8) }
        if word == Known.basic { return takeBasic() }
        if word == Known.authorization || word == Known.proxyauthorization {
            return takeAuthorization()
        }
        if word == Known.cookie || word == Known.setcookie { return takeCookies() }
        if word == Known.by, previousWord == Known.identified {
            let place = run(from: at, while: Ascii.isSpace)
            if let quote = byte(place), Ascii.isQuote(quote) { take(value: place, .password) }
            return
        }
        let isFlag = byte(start - 1) == 0x2D
        if program == .curl, isFlag, word == Known.user || word == Known.proxyuser {
            return takeCredentials(separator: 0x3A)
        }
        guard let kind = SecretName.kind(of: word, in: text, start ..< end) else { return }
        takeAssigned(to: start ..< end, word, kind, isFlag: isFlag)
    }

    /// Small letters and digits of an identifier.
    static func compact(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        bytes.compactMap { Ascii.isAlphanumeric($0) ? Ascii.lower($0) : nil }
    }

    /// `password=X`, `password: X`, `"password":"X"`, `<password>X<`, `--password X`.
    private mutating func takeAssigned(to name: Range<Int>, _ word: [UInt8], _ kind: SecretKind, isFlag: Bool) {
        var place = name.upperBound
        if byte(name.lowerBound - 1) == 0x3C, byte(place) == 0x3E {
            let end = run(from: place + 1) { $0 != 0x3C }
            return take(place + 1 ..< end, kind)
        }
        // The end of a quoted name, in JSON or JSON within a string.
        while let next = byte(place), Ascii.isQuote(next) || next == 0x5C, place - name.upperBound < 4 { place += 1 }
        let isClosed = place > name.upperBound
        let spaces = run(from: place, while: Ascii.isSpace)
        guard let value = endOfOperator(spaces) else {
            let isBare = !isClosed && spaces > place
            guard isBare, isFlag || SecretName.standsBare(word) || byte(spaces).map(Ascii.isQuote) == true else {
                return
            }
            // Another flag, so this one has no value.
            guard !starts(with: "--", at: spaces) else { return }
            return take(value: spaces, kind)
        }
        // `NAME= program` sets an empty variable.
        let gap = run(from: value, while: Ascii.isSpace)
        if gap > value, spaces == place, text[value - 1] == 0x3D { return }
        // `?name=X&` and `;Name=X;` end where the next one begins.
        let before = byte(name.lowerBound - 1)
        let end: UInt8? = before == 0x3F || before == 0x26 ? 0x26 : before == 0x3B ? 0x3B : nil
        let isWeak = word == Known.secret
        take(value: gap, kind, upTo: end, distinct: !isWeak)
    }

    /// Behind `=`, `:`, `=>`, `:=`, `==`, `%3D`, `%3A`; nil if none stands there.
    private func endOfOperator(_ place: Int) -> Int? {
        guard let first = byte(place) else { return nil }
        if first == 0x25, byte(place + 1) == 0x33, let last = byte(place + 2) {
            return last | 0x20 == 0x64 || last | 0x20 == 0x61 ? place + 3 : nil
        }
        guard first == 0x3D || first == 0x3A else { return nil }
        guard let second = byte(place + 1) else { return place + 1 }
        if second == 0x3D || (first == 0x3D && second == 0x3E) { return place + 2 }
        return place + 1
    }

    /// One value: quoted up to its quote, else up to a space, a quote or the separator.
    mutating func take(value start: Int, _ kind: SecretKind, upTo separator: UInt8? = nil, distinct: Bool = true) {
        guard let first = byte(start), !Ascii.isSpace(first) else { return }
        if first == 0x5C, let quote = byte(start + 1), Ascii.isQuote(quote) {
            var end = start + 2
            while end < text.count, !(text[end] == 0x5C && byte(end + 1) == quote) { end += 1 }
            return takeQuoted(start + 2 ..< end, behind: min(end + 2, text.count), kind, distinct)
        }
        if Ascii.isQuote(first) {
            var end = start + 1
            while end < text.count, text[end] != first { end += text[end] == 0x5C ? 2 : 1 }
            end = min(end, text.count)
            return takeQuoted(start + 1 ..< end, behind: min(end + 1, text.count), kind, distinct)
        }
        var end = run(from: start) { !Ascii.isSpace($0) && !Ascii.isQuote($0) && $0 != separator }
        // `ab"c d"e` is one word of a shell; `"…password=ab" next` is not.
        if let quote = byte(end), Ascii.isQuote(quote), let next = byte(end + 1), !endsValue(next) {
            let close = run(from: end + 1) { $0 != quote && $0 != 0x0A }
            end = byte(close) == quote ? run(from: close + 1) { !Ascii.isSpace($0) } : end
        }
        guard !isVariable(start ..< end) else {
            at = end
            return
        }
        take(start ..< end, kind, distinct: distinct)
    }

    private mutating func takeQuoted(_ range: Range<Int>, behind: Int, _ kind: SecretKind, _ distinct: Bool) {
        work += range.count
        var range = range
        var behind = behind
        // What is glued to a quoted word belongs to it.
        if let next = byte(behind), !endsValue(next) {
            behind = run(from: behind) { !Ascii.isSpace($0) }
            range = range.lowerBound ..< behind
        }
        take(range, kind, distinct: distinct)
        at = max(at, behind)
    }

    private func endsValue(_ byte: UInt8) -> Bool {
        // , ; ) } ] & | > and a backslash
        Ascii.isSpace(byte) || Ascii.isQuote(byte)
            || [0x2C, 0x3B, 0x29, 0x7D, 0x5D, 0x26, 0x7C, 0x3E, 0x5C].contains(byte)
    }

    /// `$NAME`, `${NAME}`: no secret stands here.
    private func isVariable(_ range: Range<Int>) -> Bool {
        var name = text[range]
        guard name.first == 0x24 else { return false }
        name = name.dropFirst()
        if name.first == 0x7B, name.last == 0x7D { name = name.dropFirst().dropLast() }
        return !name.isEmpty && name.allSatisfy { Ascii.isUpper($0) || Ascii.isDigit($0) || $0 == 0x5F }
    }

    // MARK: HTTP

    private mutating func takeBearer(least: Int) {
        var place = run(from: at) { Ascii.isSpace($0) || $0 == 0x3A || $0 == 0x3D || $0 == 0x2B }
        if starts(with: "%20", at: place) { place += 3 }
        guard place > at else { return }
        let end = run(from: place) { !Ascii.isSpace($0) && !Ascii.isQuote($0) && $0 != 0x5C && $0 != 0x2C }
        guard end - place >= least else { return }
        take(place ..< end, .bearer)
    }

    private mutating func takeBasic() {
        let place = run(from: at, while: Ascii.isSpace)
        guard place > at else { return }
        let end = run(from: place) { Ascii.isAlphanumeric($0) || [0x2B, 0x2F, 0x3D, 0x2D, 0x5F].contains($0) }
        let isEncoded = text[place ..< end].contains { Ascii.isUpper($0) || Ascii.isDigit($0) || $0 == 0x3D }
        guard end - place >= 6, isEncoded else { return }
        take(place ..< end, .basic)
    }

    /// `Authorization: Scheme X`, or one word without a scheme.
    private mutating func takeAuthorization() {
        var place = at
        while let next = byte(place), Ascii.isQuote(next) || next == 0x5C, place - at < 4 { place += 1 }
        place = run(from: place, while: Ascii.isSpace)
        guard let value = endOfOperator(place) else { return }
        place = run(from: value) { Ascii.isSpace($0) || Ascii.isQuote($0) || $0 == 0x5C }
        let schemeEnd = run(from: place) { Ascii.isAlphanumeric($0) || $0 == 0x2D }
        let scheme = Self.compact(text[place ..< min(schemeEnd, place + 32)])
        let credentials = run(from: schemeEnd, while: Ascii.isSpace)
        guard SecretName.schemes.contains(scheme), credentials > schemeEnd else {
            return take(value: place, .secret)
        }
        take(value: credentials, scheme == Known.basic ? .basic : .bearer)
    }

    /// `Cookie: a=X; b=Y`.
    private mutating func takeCookies() {
        guard byte(at) == 0x3A else { return }
        var place = run(from: at + 1, while: Ascii.isSpace)
        while true {
            let end = run(from: place) { !Ascii.isSpace($0) && !Ascii.isQuote($0) }
            guard text[place ..< end].contains(0x3D) else { return }
            let goesOn = text[end - 1] == 0x3B
            take(place ..< end, .secret)
            guard goesOn else { return }
            place = run(from: end) { $0 == 0x20 }
        }
    }

    // MARK: URLs

    /// `://user:X@`; where a part behind the colon is no port, up to the last `@` of the word, since passwords may hold `/`.
    mutating func takeUserinfo() {
        let start = at + 3
        let authority = run(from: start) { Self.isPartOfURL($0) && $0 != 0x2F && $0 != 0x3F && $0 != 0x23 }
        at = start
        var end = text[start ..< authority].lastIndex(of: 0x40)
        if end == nil, let colon = text[start ..< authority].firstIndex(of: 0x3A),
            !text[colon + 1 ..< authority].allSatisfy(Ascii.isDigit)
        {
            let word = run(from: authority, limit: 256) { Self.isPartOfURL($0) }
            end = text[authority ..< word].lastIndex(of: 0x40)
        }
        guard let end, text[start ..< end].contains(0x3A) || end - start >= 16 else { return }
        take(start ..< end, .userinfo)
    }

    private static func isPartOfURL(_ byte: UInt8) -> Bool { !Ascii.isSpace(byte) && !Ascii.isQuote(byte) }
}

/// Words that are looked for among all words.
private enum Known {
    static let bearer = Array("bearer".utf8)
    static let basic = Array("basic".utf8)
    static let authorization = Array("authorization".utf8)
    static let proxyauthorization = Array("proxyauthorization".utf8)
    static let cookie = Array("cookie".utf8)
    static let setcookie = Array("setcookie".utf8)
    static let by = Array("by".utf8)
    static let identified = Array("identified".utf8)
    static let user = Array("user".utf8)
    static let proxyuser = Array("proxyuser".utf8)
    static let secret = Array("secret".utf8)
}
