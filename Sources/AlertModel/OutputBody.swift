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
        let length = rest.lengthOfPriority
        return length > 0 ? place + 2 + length : 0
    }

    /// Of the priority that the text begins with, and the blank behind it; 0: it begins with none.
    private var lengthOfPriority: Int {
        guard count > 1 else { return 0 }
        let name: StaticString
        switch (self[0], self[1]) {
        case (69, 109): name = "Emergency "
        case (65, _): name = "Alert "
        case (67, _): name = "Critical "
        case (69, _): name = "Error "
        case (87, _): name = "Warning "
        case (78, _): name = "Notice "
        case (73, _): name = "Informational "
        case (68, _): name = "Debug "
        default: return 0
        }
        return startsWith(name) ? name.utf8CodeUnitCount : 0
    }
}
