// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HostileText

@Suite struct RedactionTests {
    private func redacted(_ text: String) -> String {
        String(decoding: Redaction(of: text.utf8Span.span).text, as: UTF8.self)
    }

    /// `§` stands around the secret.
    static let secrets = [
        "aws s3 --key §AKIAIOSFODNN7EXAMPLE§ ls", "export KEY=§ASIAY34FZKBOKMUTVV7A§",
        "AKIAIOSFODNN7EXAMPLE §wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY§",
        "AWS_SECRET_ACCESS_KEY=§wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY§ aws s3 ls",
        "aws configure set aws_secret_access_key §wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY§",
        "curl https://maps/api?key=§AIzaSyA1234567890abcdefghijklmnopqrstuv§&x=1",
        "gcloud §ya29.a0AfH6SMBx-1234567890abcdefgh§ print",
        "az --connection-string DefaultEndpointsProtocol=https;AccountName=a;AccountKey=§bXkga2V5IGlzIHNlY3JldA==§ list",
        "git clone https://§x-access-token:ghp_abcdefghijklmnopqrstuvwxyz0123456789§@github.com/a/b",
        "GITHUB_TOKEN=§ghp_abcdefghijklmnopqrstuvwxyz0123456789§", "echo §github_pat_11ABCDEFG0abcdefghijkl_mnop§ | x",
        "glab auth §glpat-abcdefghij0123456789§", "curl -d §xoxb-123456789012-abcdefABCDEF§ slack",
        "stripe §sk_live_abcdefghijkl123456§", "npm §npm_abcdefghijklmnopqrstuvwxyz0123456789§ publish",
        "curl -H Authorization: Bearer §abc.def-ghi§ https://x", "curl -H 'Authorization: Bearer §abcdef§' https://x",
        "curl -H \"authorization: token §0123abcd§\"", "Authorization: Basic §dXNlcjpwYXNz§",
        "x Bearer §0123456789abcdef§ y",
        "Proxy-Authorization: Basic §dXNlcjpwYXNz§", "mysql --password=§hunter2!§ -e x",
        "tool --password §hunter2§ next",
        "tool --api-key §k-12345§ next", "DB_PASSWORD=§p@ss/w0rd§ run", "spring.datasource.password=§geheim§ run",
        "{\"password\":\"§hunter2§\",\"user\":\"bob\"}", "{\\\"password\\\": \\\"§hunter2§\\\", \\\"user\\\": 1}",
        "password: '§two words§' next", "password = §hunter2§ next", "<password>§hunter2§</password>",
        "https://x/y?user=a&password=§hunter2§&z=1", "https://x/y?password%3D§hunter2§ z",
        "mysql -u root -p§hunter2§ db",
        "sshpass -p §hunter2§ ssh -p 22 root@host", "curl -u bob:§hunter2§ https://x",
        "curl --user bob:§hunter2§ https://x",
        "redis-cli -h x -a §hunter2§ ping", "ldapsearch -x -w §hunter2§ -b dc=x",
        "docker login -u bob -p §hunter2§ reg.io",
        "smbclient //x/y -U bob%§hunter2§", "ftp://§bob:hunter2§@host/file", "postgres://§u:p/w§@host/db",
        "ALTER USER x IDENTIFIED BY '§hunter2§'", "CREATE ROLE x WITH PASSWORD '§hunter2§'",
        "token §eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl§ end",
        "§-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc=\n-----END RSA PRIVATE KEY-----§ rest",
        "§-----BEGIN OPENSSH PRIVATE KEY----- b3BlbnNzaA§", "Cookie: §session=abc123;§ §theme=dark§ https://x",
        "openssl -passin pass:§hunter2§ -in x", "vault §hvs.CAESIJ1234567890abcdefgh§",
        "PGPASSWORD='§hunter2§' psql", "blob?sv=1&sig=§abc%2Fdef§&se=2",
    ]

    @Test(arguments: secrets) func `A secret goes, and all around it stays`(marked: String) {
        let parts = marked.split(separator: "§", omittingEmptySubsequences: false)
        let text = parts.joined()
        let out = redacted(text)
        for index in parts.indices {
            if index % 2 == 1 {
                #expect(!out.contains(parts[index]), "\(out)")
            } else if !marked.hasPrefix("AKIA") {
                #expect(out.contains(parts[index]), "\(out)")
            }
        }
        #expect(out.contains("[redacted:"))
        #expect(Redaction(of: text.utf8Span.span).count >= 1)
    }

    @Test(arguments: secrets) func `A hidden character anywhere in it hides no secret`(marked: String) {
        let parts = marked.split(separator: "§", omittingEmptySubsequences: false).map(String.init)
        let text = Array(parts.joined().unicodeScalars)
        let secret = parts[1]
        for hidden in ["\u{200b}", "\u{1b}[31m", "\u{e0041}", "\0"] {
            for place in stride(from: 1, to: text.count, by: 3) {
                var scalars = text
                scalars.insert(contentsOf: Array(hidden.unicodeScalars), at: place)
                let evading = scalars.reduce(into: "") { $0.unicodeScalars.append($1) }
                let out = redacted(evading).replacing(hidden, with: "")
                #expect(!out.contains(secret), "\(out)")
            }
        }
    }

    @Test(arguments: secrets) func `Twice is once`(marked: String) {
        let once = redacted(marked.split(separator: "§").joined())
        let again = Redaction(of: once.utf8Span.span)
        #expect(String(decoding: again.text, as: UTF8.self) == once)
        #expect(again.count == 0)
    }

    @Test(arguments: [
        "cat /etc/passwd", "kubectl get secret my-secret", "PWD=/root OLDPWD=/ sh", "ssh -p 22 host",
        "docker run -p 80:80 x",
        "curl -u bob https://x", "http://host:8080/path@2x.png", "git@github.com:a/b.git", "https://medium.com/@user",
        "tool --password-stdin --verbose", "--token-file /run/x", "PASSWORD=$DB_PASSWORD run", "password= ./run.sh",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", "basic authentication", "compass: north",
        "sha256:0123456789abcdef0123456789abcdef", "bypass=1", "mysql -port=3306",
        "sk-learn-is-a-long-name-of-a-package",
        "tokenize --input x", "passwd root", "eyJ.x", "a://b://c", "password", "--password", "password:", "x=password",
    ]) func `What only looks like a secret stays`(text: String) {
        #expect(redacted(text) == text)
    }

    @Test(arguments: 0 ..< 300) func `A random secret leaves no trace behind any of its signs`(seed: UInt64) {
        var random = Seeded(seed)
        let letters = Array("abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789!#%^*+_~.-/").map(String.init)
        var secret = "Z"
        for _ in 0 ..< Int.random(in: 8 ... 40, using: &random) { secret += random.pick(letters) }
        let forms = [
            "password=\(secret)", "run --password \(secret) x", "\"token\": \"\(secret)\"", "API_KEY='\(secret)'",
            "sshpass -p \(secret) ssh x", "Authorization: Bearer \(secret)", "x-api-key: \(secret)",
            "DB_PASS=\(secret)",
        ]
        let text =
            random.pick(["", "sh -c ", "日本 ", "\u{1b}[1m"]) + random.pick(forms) + random.pick(["", " tail", "\n"])
        let out = redacted(text)
        #expect(!out.contains(secret))
        #expect(!out.contains(secret.suffix(5)), "\(out)")
    }

    @Test func `The work grows with the text, not with its square`() {
        let pieces = [
            "eyJ", "sk-", "://", "password=", "--token ", "a", "-----BEGIN ", "'", "\\\"", "AKIA", "a.b-", "Bearer ",
            "://a:b", "Cookie: a=b; ", "xoxb-", "<password>", "@", "\u{1b}[", "-p", "curl -u ", "user:", "secret\"",
            "-----BEGIN PRIVATE KEY-----", "glpat-a.", "eyJaaaaaaa.a.",
        ]
        for piece in pieces {
            let small = Redaction(of: String(repeating: piece, count: 500).utf8Span.span).work
            let large = Redaction(of: String(repeating: piece, count: 4000).utf8Span.span).work
            #expect(large <= small * 10 + 1000, "\(piece): \(small) and \(large)")
        }
    }

    @Test(arguments: 0 ..< 300) func `Any bytes come through, and redacting again changes nothing`(seed: UInt64) {
        var random = Seeded(seed)
        let text = random.bytes(upTo: 500)
        let once = Redaction(of: text.span)
        #expect(String(validating: once.text, as: UTF8.self) != nil)
        if once.count == 0 { #expect(once.text == Scalars.repaired(text.span)) }
    }

    @Test func `A secret that one text names is taken out of all texts of the alert`() {
        var sanitizer = Sanitizer(redacts: true)
        sanitizer.learn("sshpass -p S3cretX ssh root@host".utf8Span.span)
        #expect(sanitizer.excerpt("-p S3cretX ssh root@host", limit: 160).text == "-p [redacted:secret] ssh root@host")
        #expect(sanitizer.excerpt("S3cr\u{200b}etX", limit: 160).text == "[redacted:secret]")
        #expect(sanitizer.redactions == 2)
    }

    @Test func `A password that is a common word is not taken everywhere`() {
        var sanitizer = Sanitizer(redacts: true)
        sanitizer.learn("mysql --password=root".utf8Span.span)
        #expect(sanitizer.excerpt("user root", limit: 160).text == "user root")
    }

    @Test func `Who may see secrets sees them`() {
        var sanitizer = Sanitizer(redacts: false)
        #expect(sanitizer.excerpt("password=x1\u{7}", limit: 160).text == "password=x1\\u{07}")
        #expect(sanitizer.redactions == 0)
    }

    @Test func `A secret across the cut does not show its beginning, and the digest is of the redacted text`() {
        var sanitizer = Sanitizer(redacts: true)
        let excerpt = sanitizer.excerpt("echo password=Abcdefgh12345678 and more text", limit: 20)
        #expect(excerpt.text == "echo password=[reda…")
        let whole = "echo password=[redacted:password] and more text"
        #expect(excerpt.whole?.bytes == whole.utf8.count)
        #expect(excerpt.whole?.sha256 == TextDigest.hexadecimal(of: whole.utf8Span.span))
    }
}
