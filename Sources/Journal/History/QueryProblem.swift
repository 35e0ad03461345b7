// SPDX-License-Identifier: Apache-2.0

/// Why a query over history gave nothing.
public enum QueryProblem: Error, Equatable, Sendable {
    case journal(JournalError)
    /// Its `StopSign` was raised.
    case stopped
    /// More different groups than are counted at once; the window or the filter must be narrower.
    case tooManyGroups(limit: Int)

    /// Runs `body`, with what it throws turned into a `QueryProblem`.
    static func wrapping<Result>(_ body: () throws -> Result) throws(QueryProblem) -> Result {
        do { return try body() } catch let problem as QueryProblem { throw problem } catch {
            throw .journal(JournalError(error))
        }
    }
}
