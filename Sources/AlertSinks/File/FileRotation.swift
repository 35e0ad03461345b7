// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// When a file is due to be rotated. Pure.
struct FileRotation {
    /// After a failure to rename, the file in use is good enough for so long.
    static let pause = Duration.seconds(60)

    let settings: RotationSettings
    /// When the file was written to last.
    var lastWrite: EventTime
    private var pausedUntil: EventTime?

    init(_ settings: RotationSettings, lastWrite: EventTime) {
        self.settings = settings
        self.lastWrite = lastWrite
    }

    /// Must a file of `length` bytes be rotated before `count` more are written to it?
    func isDue(length: Int64, adding count: Int, at now: EventTime) -> Bool {
        guard length > 0 else { return false }
        if let pausedUntil, now < pausedUntil { return false }
        if length + Int64(count) > Int64(settings.sizeBytes) { return true }
        guard let age = settings.age else { return false }
        return Self.period(now, age) > Self.period(lastWrite, age)
    }

    mutating func pause(at now: EventTime) { pausedUntil = now.advanced(by: Self.pause) }

    /// The number of the period since 1970 UTC that a time lies in.
    private static func period(_ time: EventTime, _ age: Duration) -> Int64 {
        let length = max(1, age.wholeNanoseconds)
        let quotient = time.nanoseconds / length
        return time.nanoseconds % length < 0 ? quotient - 1 : quotient
    }
}

/// The moments of a rotation and of packing between which the process may end; tests end it there.
enum RotationStep: CaseIterable, Hashable, Sendable {
    case due, renamed, opened
    case packing, partMade, partWritten, partSynchronised, packedNamed, plainRemoved, removing
}
