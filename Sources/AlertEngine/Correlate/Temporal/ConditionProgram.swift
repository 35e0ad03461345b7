// SPDX-License-Identifier: Apache-2.0
import SigmaRules

/// A temporal rule's condition, made ready to be asked often: which references a window holds, and does that satisfy it.
struct ConditionProgram: Sendable {
    private let steps: [TemporalCondition.Step]
    /// All that is asked for, when the condition is nothing but `and`.
    private let required: UInt64?
    // Kept to be used again.
    private var stack: [Bool] = []

    init(_ condition: TemporalCondition) {
        steps = condition.steps
        var required: UInt64? = 0
        for step in condition.steps {
            switch step {
            case .reference(let index) where index < 63: required = required.map { $0 | 1 << UInt64(index) }
            case .and: break
            default: required = nil
            }
        }
        self.required = condition.steps.isEmpty ? nil : required
        stack.reserveCapacity(condition.steps.count)
    }

    /// Bit i of `present`: reference i matched. A condition that is not well formed holds of nothing.
    mutating func holds(_ present: UInt64) -> Bool {
        if let required { return present & required == required }
        stack.removeAll(keepingCapacity: true)
        for step in steps {
            switch step {
            case .reference(let index): stack.append(index >= 0 && index < 63 && present & 1 << UInt64(index) != 0)
            case .not:
                guard let last = stack.popLast() else { return false }
                stack.append(!last)
            case .and, .or:
                guard let right = stack.popLast(), let left = stack.popLast() else { return false }
                stack.append(step == .and ? left && right : left || right)
            }
        }
        return stack.count == 1 && stack[0]
    }
}

/// Which part of a group's alerts one window holds, in nanoseconds.
struct WindowSpan: Sendable {
    let timespan: Int64
    let kind: WindowKind
    private let gap: Int64

    init(_ kind: WindowKind, timespan: Int64) {
        self.kind = kind
        self.timespan = timespan
        if case .session(let gap) = kind { self.gap = gap.wholeNanoseconds } else { gap = .max }
    }

    /// The earliest time that may be in one window with `time`; of a session there may be a later bound.
    @inline(__always)
    func earliest(before time: Int64) -> Int64 {
        guard kind == .tumbling, timespan > 0 else { return time.subtractingClamped(timespan) }
        // Windows begin at whole multiples of the timespan since 1970.
        let part = time % timespan
        return time.subtractingClamped(part < 0 ? part + timespan : part)
    }

    /// The latest time that may be in one window with `time`.
    @inline(__always)
    func latest(after time: Int64) -> Int64 {
        guard kind == .tumbling, timespan > 0 else { return time.addingClamped(timespan) }
        return earliest(before: time).addingClamped(timespan - 1)
    }

    /// Whether a session ends between two alerts, one right behind the other.
    @inline(__always)
    func isCut(_ earlier: Int64, _ later: Int64) -> Bool { later.subtractingClamped(earlier) > gap }

    /// Satisfying times further apart are of two incidents.
    var hold: Int64 { isSession ? gap : timespan }

    var isSession: Bool { gap != .max }
}
