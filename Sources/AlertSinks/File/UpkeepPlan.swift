// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// What is to be done next for files that were rotated away. Pure.
///
///     rotated ──(the stored cursor has passed it)──► packed: .part written, fsynced, named ──► plain one removed
///        └────────────────────────(beyond keep or keep_age, and passed)──────────────────► removed
///
/// A file that the cursor has not passed is left alone: after kill −9 the sink looks in it for the lines that come again.
/// Packing that was cut off begins again; a packed file with its plain one beside it is whole, for it got its name last.
enum UpkeepPlan: Hashable, Sendable {
    case remove(RotatedNames.File)
    case pack(RotatedNames.File)
    /// Nothing before the cursor has moved on.
    case wait
    case done

    /// `passed`: no line of a plain file with this stamp or an older one can come again; nil: of none.
    static func next(
        _ files: [RotatedNames.File], passed: String?, _ settings: RotationSettings, at now: EventTime
    ) -> UpkeepPlan {
        let stamps = Set(files.map(\.stamp)).sorted(by: >)
        let oldest = settings.keepAge.map { RotatedNames.stamp(now.advanced(byNanoseconds: -$0.wholeNanoseconds)) }
        var isWaiting = false
        var later: UpkeepPlan?
        for (index, stamp) in stamps.enumerated().reversed() {
            let forms = files.filter { $0.stamp == stamp }
            if let part = forms.first(where: { $0.form == .part }) { return .remove(part) }
            let plain = forms.first { $0.form == .plain }
            let isPassed = plain == nil || passed.map { stamp <= $0 } ?? false
            let isSurplus = index >= settings.keep || oldest.map { stamp < $0 } ?? false
            guard isPassed else {
                // `settings` may leave nothing to do once it is.
                if isSurplus || settings.compression != .none || forms.count > 1 { isWaiting = true }
                continue
            }
            if isSurplus { return .remove(forms[0]) }
            guard let plain else { continue }
            if forms.count > 1 { return .remove(plain) }
            if settings.compression != .none, later == nil { later = .pack(plain) }
        }
        return later ?? (isWaiting ? .wait : .done)
    }
}
