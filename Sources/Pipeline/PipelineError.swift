// SPDX-License-Identifier: Apache-2.0

/// Why a pipeline could not be built: something outside is not as the configuration needs it.
public struct PipelineError: Error, CustomStringConvertible {
    /// A sentence that says what to do.
    public let description: String

    init(_ description: String) { self.description = description }
}
