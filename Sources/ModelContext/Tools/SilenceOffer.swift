// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// The word that a dry run gives and setting the silence asks for: bound to condition, duration, reason and caller, and
/// over after five minutes.
///
/// It keeps a mistaken condition out; it is no consent. `expiry in seconds` `.` 32 hexadecimal digits of a digest keyed by
/// `secret`, which is random in every process.
struct SilenceOffer: Sendable {
    static let lifetime = Duration.seconds(300)

    private let secret: [UInt8]

    init() {
        var random = SystemRandomNumberGenerator()
        secret = (0 ..< 32).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    }

    func token(for order: SilenceOrder, until: EventTime) -> String {
        let seconds = until.nanoseconds / 1_000_000_000
        return "\(seconds).\(digest(order, seconds))"
    }

    enum Verdict { case good, wrong, over }

    func check(_ token: String, for order: SilenceOrder, now: EventTime) -> Verdict {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let seconds = Int64(parts[0]), let given = SubjectID(String(parts[1])) else {
            return .wrong
        }
        let right = digest(order, seconds)
        // Every bit is looked at, whatever the others are.
        guard (given.high ^ right.high) | (given.low ^ right.low) == 0 else { return .wrong }
        return seconds > now.nanoseconds / 1_000_000_000 ? .good : .over
    }

    private func digest(_ order: SilenceOrder, _ seconds: Int64) -> SubjectID {
        var writer = ByteWriter()
        writer.put(secret)
        writer.put(order.when)
        writer.put(order.duration.components.seconds)
        writer.put(order.reason)
        writer.put(order.by)
        writer.put(seconds)
        writer.put(secret)
        return SubjectID(digestOf: writer.bytes.span)
    }
}
