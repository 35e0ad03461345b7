// SPDX-License-Identifier: Apache-2.0

extension AlertView {
    /// `output` without the time and the priority that Falco puts in front: what every transport carries alike.
    ///
    /// `20:26:40.000484839: Warning Shell spawned…` and, with ISO 8601 times, `2026-05-28T20:26:40.000484839+0000: Warning
    /// Shell spawned…` both give `Shell spawned…`. Where there is no `output`, Falco 0.39's `message` is that already.
    public var outputBody: Span<UInt8> {
        @_lifetime(copy self)
        get { output.isEmpty ? message : output.extracting(output.prefixLength...) }
    }
}

extension Span where Element == UInt8 {
    /// How much of an output is time and priority; 0 when it does not begin with them.
    fileprivate var prefixLength: Int {
        guard count > 0, self[0] >= 48, self[0] <= 57 else { return 0 }
        var place = 1
        // The longest time Falco writes has 34 characters.
        let limit = Swift.min(count - 1, 40)
        while place < limit, !(self[place] == 58 && self[place + 1] == 32) { place += 1 }
        guard place < limit else { return 0 }
        let rest = extracting((place + 2)...)
        for priority in Priority.allCases {
            let length = rest.lengthOfPriority(priority)
            if length > 0 { return place + 2 + length }
        }
        return 0
    }

    private func lengthOfPriority(_ priority: Priority) -> Int {
        let name: StaticString =
            switch priority {
            case .emergency: "Emergency "
            case .alert: "Alert "
            case .critical: "Critical "
            case .error: "Error "
            case .warning: "Warning "
            case .notice: "Notice "
            case .informational: "Informational "
            case .debug: "Debug "
            }
        return startsWith(name) ? name.utf8CodeUnitCount : 0
    }
}
