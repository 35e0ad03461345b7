// SPDX-License-Identifier: Apache-2.0

/// Which outputs of one entry go to one sink: routes made ready for asking output by output.
public struct RouteSelection: Sendable {
    /// nil: all of them.
    private let isWantedBySet: [Bool]?
    private let perOutput: [UInt16]

    /// `sink` nil: whatever the routes say.
    public init(_ routes: OutputRoutes, sink: String?) {
        if let sink, !routes.isEverything {
            isWantedBySet = routes.sets.map { $0.contains(sink) }
            perOutput = routes.perOutput
        } else {
            isWantedBySet = nil
            perOutput = []
        }
    }

    public var isEverything: Bool { isWantedBySet == nil }

    /// Whether the output at `offset` (0 for the entry's first) is among them.
    public func contains(_ offset: Int) -> Bool {
        guard let isWantedBySet else { return true }
        guard offset >= 0, offset < perOutput.count else { return false }
        let set = Int(perOutput[offset])
        return set < isWantedBySet.count && isWantedBySet[set]
    }

    /// How many of these outputs are among them.
    public func count(in offsets: Range<Int>) -> Int {
        guard isWantedBySet != nil else { return offsets.count }
        return offsets.reduce(0) { $0 + (contains($1) ? 1 : 0) }
    }
}

extension DecidedEntry {
    /// How many of the entry's outputs from number `output` on go to `sink` (nil: whatever the routes say).
    public func routedCount(to sink: String?, from output: Int64 = .min) -> Int {
        let start = output > firstOutput ? Int(Swift.min(output, endOutput) - firstOutput) : 0
        guard let sink, !notes.routes.isEverything else { return outputCount - start }
        return RouteSelection(notes.routes, sink: sink).count(in: start ..< Swift.max(start, outputCount))
    }
}
