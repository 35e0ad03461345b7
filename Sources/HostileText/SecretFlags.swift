// SPDX-License-Identifier: Apache-2.0

/// Secrets in short flags, which mean something else in every program: `curl -u`, `mysql -p`, `sshpass -p`, `redis-cli -a`.
extension SecretScanner {
    /// Notes the program that the flags behind its name belong to.
    mutating func note(program word: [UInt8]) {
        switch Self.programs[word] {
        case .login?: if program == .container { program = .login }
        // The command that sshpass runs has flags of its own.
        case .other?: if program == .sshpass { program = .other }
        case let known?: program = known
        case nil: break
        }
    }

    private static let programs: [[UInt8]: Program] = {
        var programs: [[UInt8]: Program] = [:]
        func add(_ names: String, _ program: Program) {
            for name in names.split(separator: " ") { programs[Array(name.utf8)] = program }
        }
        add("curl wget http https", .curl)
        add("mysql mysqldump mysqladmin mysqlimport mariadb mariadbdump mariadbadmin", .database)
        add("sshpass", .sshpass)
        add("rediscli", .redis)
        add("ldapsearch ldapadd ldapmodify ldapdelete ldapwhoami ldappasswd", .ldap)
        add("docker podman nerdctl helm oras crane skopeo buildah az", .container)
        add("login", .login)
        add("smbclient rpcclient smbget smbmap", .samba)
        add("ssh scp rsync sftp", .other)
        return programs
    }()

    /// A flag at `at`, behind a space.
    mutating func takeFlag() {
        guard let letter = byte(at + 1), Ascii.isAlphanumeric(letter) else {
            at += 1
            return
        }
        switch (program, letter) {
        case (.curl, 0x75), (.curl, 0x55): takeShort(separator: 0x3A)
        case (.samba, 0x55): takeShort(separator: 0x25)
        case (.sshpass, 0x70), (.redis, 0x61), (.ldap, 0x77), (.login, 0x70): takeShort(separator: nil)
        case (.database, 0x70): takeGlued()
        default: at += 1
        }
    }

    /// `-pX` and never `-p X`.
    private mutating func takeGlued() {
        let start = at + 2
        let end = run(from: start) { !Ascii.isSpace($0) }
        at += 1
        guard end > start else { return }
        // `-port=3306` and its like are no passwords.
        guard !text[start ..< end].starts(with: Array("ort".utf8)) else { return }
        take(value: start, .password)
    }

    /// `-pX`, `-p X`; with a separator, what comes behind it.
    private mutating func takeShort(separator: UInt8?) {
        at += 2
        let start = run(from: at, while: Ascii.isSpace)
        guard let separator else { return take(value: start, .password) }
        at = start
        takeCredentials(from: start, separator: separator)
    }

    /// `--user name:X`, `--user=name:X`.
    mutating func takeCredentials(separator: UInt8) {
        let start = run(from: at) { Ascii.isSpace($0) || $0 == 0x3D }
        takeCredentials(from: start, separator: separator)
    }

    private mutating func takeCredentials(from start: Int, separator: UInt8) {
        let quote = byte(start).flatMap { Ascii.isQuote($0) ? $0 : nil }
        let first = quote == nil ? start : start + 1
        let end = run(from: first) { byte in quote.map { byte != $0 } ?? !Ascii.isSpace(byte) }
        guard let place = text[min(first, end) ..< end].firstIndex(of: separator), place + 1 < end else {
            at = max(at, min(first, end))
            return
        }
        take(place + 1 ..< end, .password)
    }
}

/// Names of things that are secret.
enum SecretName {
    /// Ends of names, without separators, in small letters.
    private static let ends: [(end: [UInt8], kind: SecretKind)] =
        ["password", "passwords", "passwd", "passphrase", "passcode", "pwd", "pgpassword", "requirepass", "masterauth"]
        .map { (Array($0.utf8), .password) }
        + [
            "secret", "secrets", "secretkey", "apikey", "accesskey", "privatekey", "authkey", "signingkey", "sharedkey",
            "encryptionkey", "masterkey", "accountkey", "sharedaccesskey", "sharedaccesssignature", "credential",
            "credentials", "authtoken", "token", "tokens", "sessionid", "sessionkey", "subscriptionkey",
        ].map { (Array($0.utf8), .secret) }

    /// Schemes of `Authorization`.
    static let schemes: Set<[UInt8]> = Set(
        ["bearer", "basic", "token", "digest", "negotiate", "ntlm", "apikey", "splunk", "bot", "hmac", "key"]
            .map { Array($0.utf8) })

    /// What a name says about its value; nil for other names. `word` is the name without separators.
    static func kind(of word: [UInt8], in text: [UInt8], _ range: Range<Int>) -> SecretKind? {
        var word = word[...]
        while let last = word.last, Ascii.isDigit(last) { word = word.dropLast() }
        if word == passWord || isPass(text[range]) { return .password }
        // The variable of the shell that says where it is.
        if text[range] == shellFolder || text[range] == shellFolderBefore { return nil }
        if word == signature, range.lowerBound > 0 {
            let before = text[range.lowerBound - 1]
            return before == 0x26 || before == 0x3F ? .secret : nil
        }
        guard let last = word.last, lastLetters.contains(last) else { return nil }
        return ends.first { word.count >= $0.end.count && word.suffix($0.end.count).elementsEqual($0.end) }?.kind
    }

    private static let passWord = Array("pass".utf8)[...]
    private static let shellFolder = Array("PWD".utf8)[...]
    private static let shellFolderBefore = Array("OLDPWD".utf8)[...]
    private static let signature = Array("sig".utf8)[...]
    private static let lastLetters = Set(ends.compactMap(\.end.last))

    /// `DB_PASS`, `db-pass`: `pass` behind a separator.
    private static func isPass(_ name: ArraySlice<UInt8>) -> Bool {
        let end = name.suffix(5)
        guard end.count == 5, let first = end.first, !Ascii.isAlphanumeric(first) else { return false }
        return end.dropFirst().map(Ascii.lower) == Array("pass".utf8)
    }

    /// Names whose value follows without a sign: `aws configure set aws_secret_access_key X`.
    static func standsBare(_ word: [UInt8]) -> Bool {
        ["secretaccesskey", "sessiontoken", "requirepass", "masterauth"].contains { name in
            word.count >= name.utf8.count && word.suffix(name.utf8.count).elementsEqual(name.utf8)
        }
    }
}
