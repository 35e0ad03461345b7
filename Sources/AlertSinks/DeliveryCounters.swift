// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// What a sink did. Written by its lane, read by anyone.
public final class DeliveryCounters: Sendable {
    /// Records handed over.
    public var records: Int { value(.records) }
    /// Bytes handed over.
    public var bytes: Int { value(.bytes) }
    /// Records that the file was found to hold already after a crash.
    public var recognised: Int { value(.recognised) }
    /// Lines that somebody else wrote, found where records of ours were looked for.
    public var foreignLines: Int { value(.foreignLines) }
    /// Lines that were found half written, and were completed.
    public var completedLines: Int { value(.completedLines) }
    /// Failed attempts that are to be repeated.
    public var retries: Int { value(.retries) }
    /// Times a destination was opened, the first included.
    public var opened: Int { value(.opened) }

    /// Files rotated away by the sink itself.
    public var rotations: Int { value(.rotations) }
    /// Rotated files that were packed.
    public var packed: Int { value(.packed) }
    /// Rotated files that were removed for their number or age.
    public var removed: Int { value(.removed) }
    /// Attempts to rename, pack or remove a file that failed.
    public var rotationFailures: Int { value(.rotationFailures) }

    enum Name: Int, CaseIterable {
        case records, bytes, recognised, foreignLines, completedLines, retries, opened
        case rotations, packed, removed, rotationFailures
    }

    private let cells: [Cell] = Name.allCases.map { _ in Cell() }
    private final class Cell: Sendable { let count = Atomic<Int>(0) }

    public init() {}

    // Numbers for people: no other memory hangs on them, so relaxed is enough.
    func add(_ amount: Int, to name: Name) { cells[name.rawValue].count.wrappingAdd(amount, ordering: .relaxed) }
    private func value(_ name: Name) -> Int { cells[name.rawValue].count.load(ordering: .relaxed) }
}
