// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Bytes on their way out: a growing buffer that formats append lines to and sinks write from.
///
/// One owner, one thread at a time. Grows by doubling; memory stays until `removeAll(keeping:)` gives it back, so that in
/// a steady state nothing is allocated. Running out of memory ends the process, as everywhere in Swift.
@safe
public struct OutputBuffer: ~Copyable, @unchecked Sendable {
    /// Bytes behind the end that kernels may overwrite, so that they can store whole vectors.
    static let slack = 16

    var memory: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    /// Bytes held.
    public internal(set) var count = 0
    /// Room for sorting the fields of one alert; kept here because the buffer is the only state an encoder has.
    var order: [FieldOrder.Entry] = []
    /// Room for the keys of one object whose keys come from outside; see `UniqueKeys.swift`.
    var keys: [KeyPlace] = []

    public init(capacity: Int = 64 << 10) {
        self.capacity = max(capacity, 64)
        unsafe memory = .allocate(capacity: self.capacity + Self.slack)
    }

    deinit { unsafe memory.deallocate() }

    public var isEmpty: Bool { count == 0 }

    /// What is held. The span ends with the next change.
    public var bytes: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            let span = unsafe Span(_unsafeStart: memory, count: count)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// Empties the buffer; memory above `limitBytes` is given back, so that one huge alert does not stay resident.
    public mutating func removeAll(keeping limitBytes: Int = 4 << 20) {
        count = 0
        guard capacity > limitBytes else { return }
        unsafe memory.deallocate()
        capacity = max(limitBytes, 64)
        unsafe memory = .allocate(capacity: capacity + Self.slack)
    }

    /// Forgets what was appended since `count` was `length`.
    public mutating func truncate(to length: Int) {
        precondition(length >= 0 && length <= count)
        count = length
    }

    /// Takes `length` bytes out at `place` and closes the hole.
    public mutating func remove(_ length: Int, at place: Int) {
        precondition(place >= 0 && length >= 0 && length <= count - place)
        unsafe memmove(memory + place, memory + place + length, count - place - length)
        count -= length
    }

    /// Room for `length` more bytes, and the slack behind them.
    @inline(__always)
    mutating func reserve(_ length: Int) {
        if capacity - count < length { grow(length) }
    }

    @inline(never)
    private mutating func grow(_ length: Int) {
        let needed = count + length
        var grown = capacity
        while grown < needed { grown *= 2 }
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: grown + Self.slack)
        unsafe memcpy(larger, memory, count)
        unsafe memory.deallocate()
        unsafe memory = larger
        capacity = grown
    }

    /// One byte.
    @inline(__always)
    public mutating func append(byte: UInt8) {
        reserve(1)
        unsafe memory[count] = byte
        count += 1
    }

    /// Text of ours, as it is.
    @inline(__always)
    public mutating func append(_ literal: StaticString) {
        let length = literal.utf8CodeUnitCount
        reserve(length)
        unsafe memcpy(memory + count, literal.utf8Start, length)
        count += length
    }

    /// Bytes as they are.
    public mutating func append(_ text: Span<UInt8>) {
        reserve(text.count)
        unsafe text.withUnsafeBufferPointer { source in
            guard let start = source.baseAddress else { return }
            unsafe memcpy(memory + count, start, source.count)
        }
        count += text.count
    }

    /// A string as it is. (Named, so that literals are not taken for one: they cost nothing, a String does.)
    public mutating func append(verbatim text: String) {
        for byte in text.utf8 { append(byte: byte) }
    }

    // MARK: Keys

    /// A number for the bytes from `start` on, eight at a time; equal bytes have equal numbers.
    func hash(from start: Int) -> UInt32 {
        precondition(start >= 0 && start <= count)
        var hash: UInt64 = 0x9E37_79B9_7F4A_7C15
        var place = start
        while place < count {
            // The slack behind the end may be read; what is there is masked away.
            let word = unsafe UnsafeRawPointer(memory + place).loadUnaligned(as: UInt64.self)
            let rest = count - place
            let kept = rest >= 8 ? word : word & (1 << UInt64(8 * rest) - 1)
            hash = (hash ^ kept) &* 0xFF51_AFD7_ED55_8CCD
            hash ^= hash >> 32
            place += 8
        }
        return UInt32(truncatingIfNeeded: hash ^ hash >> 32 ^ UInt64(truncatingIfNeeded: count - start))
    }

    /// Puts `_` for every dot from `start` on.
    mutating func replaceDots(from start: Int) {
        precondition(start >= 0 && start <= count)
        for place in start ..< count {
            unsafe memory[place] = unsafe memory[place] == 0x2E ? 0x5F : memory[place]
        }
    }

    // MARK: Numbers

    /// Two decimal digits of 0…99 over bytes that were appended already.
    mutating func put(_ value: Int, at place: Int) {
        precondition(place >= 0 && place + 2 <= count)
        pair(value, at: place)
    }

    @inline(__always)
    private mutating func pair(_ value: Int, at place: Int) {
        let number = UInt32(truncatingIfNeeded: value)
        let tens = number / 10
        unsafe memory[place] = UInt8(truncatingIfNeeded: 48 + tens)
        unsafe memory[place + 1] = UInt8(truncatingIfNeeded: 48 + number - 10 * tens)
    }

    public mutating func append(_ value: Int64) {
        if value < 0 { append(byte: 0x2D) }
        append(value.magnitude)
    }

    public mutating func append(_ value: UInt64) {
        reserve(20)
        var length = 1
        var bound: UInt64 = 10
        while value >= bound {
            length += 1
            let (next, overflow) = bound.multipliedReportingOverflow(by: 10)
            if overflow { break }
            bound = next
        }
        var rest = value
        var place = count + length
        while place - count >= 2 {
            place -= 2
            pair(Int(truncatingIfNeeded: rest % 100), at: place)
            rest /= 100
        }
        if place > count { unsafe memory[count] = UInt8(truncatingIfNeeded: 48 + rest) }
        count += length
    }

    /// Sixteen lower-case hexadecimal digits.
    public mutating func append(hexadecimal value: UInt64) {
        reserve(16)
        for place in 0 ..< 16 {
            let digit = UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * place)) & 15
            unsafe memory[count + place] = digit + (digit < 10 ? 48 : 87)
        }
        count += 16
    }

    /// Decimal digits of `value`, right-aligned in `width` bytes with zeros before them.
    mutating func append(_ value: Int, width: Int) {
        reserve(width)
        var rest = value
        var place = count + width
        while place - count >= 2 {
            place -= 2
            pair(rest % 100, at: place)
            rest /= 100
        }
        if place > count { unsafe memory[count] = UInt8(truncatingIfNeeded: 48 + rest % 10) }
        count += width
    }
}
