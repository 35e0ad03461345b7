// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// What an `entries` row holds. The numbers are in files and never change.
enum EntryKind: Int64 {
    case alerts = 0
    case gap = 1
    case tick = 2
    case start = 3
    case configuration = 4
    case silence = 5
}

/// The `payload` of the small entries. Ticks and starts need none: their time is the row's `arrival`.
enum ControlPayload {
    static func gap(_ gap: Gap) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendText(gap.source)
        bytes.appendText(gap.reason.rawValue)
        bytes.appendLittleEndian(gap.from.nanoseconds)
        bytes.appendLittleEndian(gap.to.nanoseconds)
        bytes.appendLittleEndian(checksum(bytes.span))
        return bytes
    }

    static func configuration(_ digest: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendText(digest)
        bytes.appendLittleEndian(checksum(bytes.span))
        return bytes
    }

    static func silence(_ change: SilenceChange) -> [UInt8] {
        var bytes = change.bytes
        bytes.appendLittleEndian(checksum(bytes.span))
        return bytes
    }

    static func readSilence(_ payload: [UInt8]) -> SilenceChange? {
        guard checked(payload) else { return nil }
        return try? SilenceChange(bytes: Array(payload.dropLast(4)))
    }

    static func readGap(_ payload: [UInt8]) -> Gap? {
        guard checked(payload) else { return nil }
        var cursor = ByteCursor(payload.span.extracting(first: payload.count - 4))
        guard let source = cursor.text(), let reason = cursor.text().flatMap(Gap.Reason.init(rawValue:)),
            let from = cursor.littleEndian(Int64.self), let to = cursor.littleEndian(Int64.self)
        else { return nil }
        return Gap(source: source, from: EventTime(nanoseconds: from), to: EventTime(nanoseconds: to), reason: reason)
    }

    static func readConfiguration(_ payload: [UInt8]) -> String? {
        guard checked(payload) else { return nil }
        var cursor = ByteCursor(payload.span.extracting(first: payload.count - 4))
        return cursor.text()
    }

    private static func checked(_ payload: [UInt8]) -> Bool {
        guard payload.count >= 4 else { return false }
        var sum = ByteCursor(payload.span.extracting(last: 4))
        return sum.littleEndian(UInt32.self) == checksum(payload.span.extracting(first: payload.count - 4))
    }
}
