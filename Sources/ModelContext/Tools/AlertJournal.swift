// SPDX-License-Identifier: Apache-2.0
import Foundation
public import Journal

/// A journal as tools ask it: on threads of its own, so that no task's thread waits for the disk, and with every trouble as
/// one constant sentence. Any task; questions take turns at each look into the file.
public final class AlertJournal: Sendable {
    let reader: JournalReader
    private let queue = DispatchQueue(label: "assistants: journal", attributes: .concurrent)

    public init(_ reader: JournalReader) { self.reader = reader }

    /// What `work` finds. Rendering is for the caller: it is counted for the call that runs it.
    func ask<Answer: Sendable>(
        _ work: @escaping @Sendable (JournalReader) throws -> Answer
    ) async throws(ToolProblem) -> Answer {
        let result: Result<Answer, ToolProblem> = await withCheckedContinuation { continuation in
            queue.async { [reader] in continuation.resume(returning: Self.run(work, reader)) }
        }
        return try result.get()
    }

    private static func run<Answer>(
        _ work: (JournalReader) throws -> Answer, _ reader: JournalReader
    ) -> Result<Answer, ToolProblem> {
        do { return .success(try work(reader)) } catch let problem as ToolProblem { return .failure(problem) } catch {
            return .failure(
                ToolProblem("The journal cannot be read just now; `creance status` says why. Try again later."))
        }
    }
}
