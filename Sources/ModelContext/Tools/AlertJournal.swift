// SPDX-License-Identifier: Apache-2.0
public import Journal

/// A journal as tools ask it: a few questions at a time on threads of their own, so that no task's thread waits for the
/// disk, and with every trouble as one constant sentence. Any task; the questions under way take turns at each look into
/// the file.
public final class AlertJournal: Sendable {
    let reader: JournalReader
    private let turns: QuestionTurns

    /// - Parameter limit: questions that are answered at the same time.
    public init(_ reader: JournalReader, limit: Int = 2) {
        self.reader = reader
        turns = QuestionTurns(label: "assistants: journal", limit: limit)
    }

    /// What `work` finds. Rendering is for the caller: it is counted for the call that runs it.
    func ask<Answer: Sendable>(
        _ work: @escaping @Sendable (JournalReader) throws -> Answer
    ) async throws(ToolProblem) -> Answer {
        let stop = StopSign()
        let result: Result<Answer, ToolProblem> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                turns.submit { [reader] in
                    // Nobody wants it any more.
                    guard !stop.isRaised else {
                        return continuation.resume(returning: .failure(ToolProblem("The call was cancelled.")))
                    }
                    continuation.resume(returning: Self.run(work, reader))
                } refused: {
                    continuation.resume(returning: .failure(QuestionTurns.refusal))
                }
            }
        } onCancel: {
            stop.raise()
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
