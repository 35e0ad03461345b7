// SPDX-License-Identifier: Apache-2.0

/// The fast way of `append(_:by:)`: runs of visible ASCII that the rule leaves alone, sixteen bytes at once.
extension OutputBuffer {
    /// Copies from `place` up to the first byte that is not visible ASCII or that `rule` knows; says how many bytes.
    @inline(__always)
    mutating func appendPlain(_ text: Span<UInt8>, from place: Int, by rule: TextRule) -> Int {
        guard let special = rule.special else { return 0 }
        reserve(text.count - place)
        let length = unsafe text.withUnsafeBufferPointer { source in
            guard let base = source.baseAddress else { return 0 }
            return unsafe copyPlain(base + place, source.count - place, special)
        }
        count += length
        return length
    }

    /// Once more what stands at `range` already.
    mutating func append(copyOf range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        reserve(range.count)
        for place in range { unsafe memory[count + place - range.lowerBound] = memory[place] }
        count += range.count
    }

    /// There is room for `length` bytes and the slack behind them.
    @inline(__always)
    private func copyPlain(_ start: UnsafePointer<UInt8>, _ length: Int, _ special: SIMD4<UInt8>) -> Int {
        let to = unsafe memory + count
        var place = 0
        let (first, second) = (SIMD16(repeating: special[0]), SIMD16(repeating: special[1]))
        let third = SIMD16(repeating: special[2])
        while length - place >= 16 {
            let vector = unsafe UnsafeRawPointer(start + place).loadUnaligned(as: SIMD16<UInt8>.self)
            unsafe UnsafeMutableRawPointer(to + place).storeBytes(of: vector, as: SIMD16<UInt8>.self)
            let hit = Visible.end(vector, first, second, third)
            place += hit
            if hit < 16 { return place }
        }
        while place < length {
            let byte = unsafe start[place]
            guard byte >= 0x20, byte < 0x7F, byte != special[0], byte != special[1], byte != special[2] else { break }
            unsafe to[place] = byte
            place += 1
        }
        return place
    }
}

enum Visible {
    /// The index of the first byte that is below 0x20, above 0x7E or one of the three; 16 when there is none.
    @inline(__always)
    static func end(
        _ bytes: SIMD16<UInt8>, _ first: SIMD16<UInt8>, _ second: SIMD16<UInt8>, _ third: SIMD16<UInt8>
    ) -> Int {
        // The high bit of a byte is set where it is no plain one; false hits only above 0x7F, which are none anyway.
        let one = SIMD16<UInt8>(repeating: 1)
        let control = bytes &- SIMD16(repeating: 0x20)
        let delete = bytes &+ one
        let marks =
            (bytes | control | delete) | (((bytes ^ first) &- one) | ((bytes ^ second) &- one))
            | ((bytes ^ third) &- one)
        let words = unsafe unsafeBitCast(marks, to: SIMD2<UInt64>.self)
        let low = words[0] & 0x8080_8080_8080_8080
        let high = words[1] & 0x8080_8080_8080_8080
        return low != 0 ? low.trailingZeroBitCount / 8 : 8 + high.trailingZeroBitCount / 8
    }
}
