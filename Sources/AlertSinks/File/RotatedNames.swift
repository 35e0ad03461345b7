// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// What the files are called that a file sink rotated away: the time of the rotation in UTC, before the ending.
///
///     alerts.json                              the one written to
///     alerts-20261122T054432.123Z.json         rotated away at 05:44:32.123
///     alerts-20261122T044431.907Z.json.zst     packed
///     .alerts-20261122T044431.907Z.json.zst.part   being packed
///
/// Names sort as the times do, and each is later than the one before, even when the clock was set back.
struct RotatedNames: Hashable, Sendable {
    /// A file that bears such a name.
    struct File: Hashable, Sendable {
        enum Form: Hashable, Sendable { case plain, packed, part }

        let name: String
        /// `20261122T054432.123Z`; sorts as the time does.
        let stamp: String
        let form: Form
    }

    private static let pattern = [UInt8]("00000000T000000.000Z".utf8)
    private static let packedEndings = [".zst", ".gz"]

    private let stem: String
    private let ending: String

    /// `name`: of the file that is written to, without its folder.
    init(_ name: String) {
        if let dot = name.lastIndex(of: "."), dot != name.startIndex {
            stem = String(name[..<dot])
            ending = String(name[dot...])
        } else {
            stem = name
            ending = ""
        }
    }

    func plain(_ stamp: String) -> String { "\(stem)-\(stamp)\(ending)" }

    static func packed(_ plain: String, _ packing: StreamCompression) -> String {
        plain + (packing == .zstd ? ".zst" : ".gz")
    }

    static func part(_ packed: String) -> String { ".\(packed).part" }

    /// Nil for a name that is not of this form.
    func file(_ name: String) -> File? {
        var rest = name[...]
        var form = File.Form.plain
        if rest.hasPrefix("."), rest.hasSuffix(".part") {
            rest = rest.dropFirst().dropLast(5)
            form = .part
        }
        if let packed = Self.packedEndings.first(where: { rest.hasSuffix($0) && !ending.hasSuffix($0) }) {
            rest = rest.dropLast(packed.count)
            if form == .plain { form = .packed }
        } else if form == .part {
            return nil
        }
        guard rest.hasPrefix("\(stem)-"), rest.hasSuffix(ending) else { return nil }
        let stamp = rest.dropFirst(stem.count + 1).dropLast(ending.count)
        return Self.isStamp(stamp) ? File(name: name, stamp: String(stamp), form: form) : nil
    }

    private static func isStamp(_ text: Substring) -> Bool {
        text.utf8.count == pattern.count
            && zip(text.utf8, pattern).allSatisfy { byte, wanted in
                wanted == 0x30 ? byte >= 0x30 && byte <= 0x39 : byte == wanted
            }
    }

    /// The stamp of a time, cut to milliseconds.
    static func stamp(_ time: EventTime) -> String {
        let digits = time.rfc3339.filter { $0 != 0x2D && $0 != 0x3A }
        return String(decoding: digits.prefix(19) + [0x5A], as: UTF8.self)
    }

    /// The stamp of `time`, or the next one behind `last` when the clock has not come so far.
    static func stamp(_ time: EventTime, behind last: String?) -> String {
        let stamp = stamp(time)
        guard let last, last >= stamp else { return stamp }
        return successor(of: last)
    }

    /// One millisecond later where that is a matter of the last three digits; else counted on in them. What matters is the
    /// order: the digits of a stamp carry over like those of one number, so a seconds' place may read 60.
    private static func successor(of stamp: String) -> String {
        var digits = [UInt8](stamp.utf8)
        for place in digits.indices.reversed() where pattern[place] == 0x30 {
            if digits[place] < 0x39 {
                digits[place] += 1
                break
            }
            digits[place] = 0x30
        }
        return String(decoding: digits, as: UTF8.self)
    }
}
