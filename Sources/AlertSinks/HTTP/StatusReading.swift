// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// What an HTTP status says about a request (RFC 9110), the same for every receiver.
///
/// 2xx: accepted. 408, 429, 5xx: later, not before `Retry-After`. 413: in smaller pieces. 401, 403, 404, 405 and 407 and
/// redirects are about the configuration, not about the records, and so they wait too: the dead letters would fill with
/// records that nothing is wrong with. Any other 4xx: refused.
struct StatusReading: Sendable {
    /// For a `Retry-After` that is a date.
    let now: EventTime

    func read(_ answer: HTTPAnswer) -> AnswerReading {
        let said = AnswerText.quote(answer.body)
        switch answer.status {
        case 200 ..< 300: return .accepted
        case 300 ..< 400:
            return later(answer, "answers with a redirect (\(answer.status)), which is not followed: correct `url`")
        case 401, 403:
            return later(answer, "does not let us in (\(answer.status)): correct the token or login\(said)")
        case 404, 405:
            return later(answer, "takes nothing at this place (\(answer.status)): correct `url`\(said)")
        case 407: return later(answer, "the proxy wants a login (407)")
        case 408: return later(answer, "took too long to read the request (408)")
        case 413: return .tooLarge("the record is too large for the receiver (413)\(said)")
        case 429: return later(answer, "wants less (429)\(said)")
        case 400 ..< 500: return .refused("refused with \(answer.status)\(said)")
        default: return later(answer, "fails (\(answer.status))\(said)")
        }
    }

    func later(_ answer: HTTPAnswer, _ reason: String) -> AnswerReading {
        .later(after: RetryAfter.duration(answer.retryAfter, now: now) ?? .zero, "the receiver \(reason)")
    }
}

/// The header `Retry-After`: seconds, or a date (RFC 9110, sections 10.2.3 and 5.6.7).
enum RetryAfter {
    /// No receiver stops us for longer.
    static let longest = Duration.seconds(3_600)

    /// Nil for what is neither.
    static func duration(_ text: String?, now: EventTime) -> Duration? {
        guard let text = text?.trimmed, !text.isEmpty else { return nil }
        if text.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }) {
            guard let seconds = Int64(text) else { return longest }
            return min(.seconds(min(seconds, 3_600)), longest)
        }
        guard let date = seconds(ofDate: text) else { return nil }
        let (nanoseconds, overflow) = date.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return longest }
        return max(.zero, min(EventTime(nanoseconds: nanoseconds).since(now), longest))
    }

    /// Unix time of `Sun, 06 Nov 1994 08:49:37 GMT`.
    private static func seconds(ofDate text: String) -> Int64? {
        let parts = text.split(whereSeparator: { $0 == " " || $0 == "," || $0 == ":" || $0 == "-" })
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard parts.count == 8, parts[7] == "GMT", let day = Int64(parts[1]), (1 ... 31).contains(day),
            let month = months.firstIndex(of: String(parts[2])), let year = Int64(parts[3]),
            (1970 ... 9999).contains(year), let hour = Int64(parts[4]), (0 ... 23).contains(hour),
            let minute = Int64(parts[5]), (0 ... 59).contains(minute), let second = Int64(parts[6]),
            (0 ... 60).contains(second)
        else { return nil }
        // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
        let shifted = month < 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let monthFromMarch = Int64((month + 10) % 12)
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return (era * 146_097 + dayOfEra - 719_468) * 86_400 + hour * 3_600 + minute * 60 + second
    }
}

/// Text of a receiver's in our messages.
enum AnswerText {
    /// `: "…"`, what can be seen of the beginning; nothing when there is nothing.
    static func quote(_ body: [UInt8]) -> String {
        let text = visible(body)
        return text.isEmpty ? "" : ": \"\(text)\""
    }

    /// Without anything that could act on a terminal or a log, at most 200 bytes of it.
    static func visible(_ body: [UInt8]) -> String {
        let shown = VisibleBytes(body.prefix(200))
        return shown.text.trimmed + (body.count > 200 ? " …" : "")
    }

    static func visible(_ text: String) -> String { visible([UInt8](text.utf8)) }
}

extension String {
    var trimmed: String {
        let spaces: Set<Character> = [" ", "\t", "\r", "\n"]
        var rest = self[...]
        while let first = rest.first, spaces.contains(first) { rest.removeFirst() }
        while let last = rest.last, spaces.contains(last) { rest.removeLast() }
        return String(rest)
    }
}
