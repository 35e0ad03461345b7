// SPDX-License-Identifier: Apache-2.0
import AlertModel
import CAlertBatch
import CFalcoOutputs
import CJSONScan
import Glibc

/// Cuts a stream of bytes into alerts, however the bytes come in pieces: JSON lines or length-delimited responses.
///
/// No I/O and no clock. Every unit becomes one alert or one reject. Memory: the longest unit, at most `limitBytes` and
/// what is read at once; a longer unit is passed over, its first 64 KiB kept for the dead letter.
@safe
struct UnitDecoder: ~Copyable, @unchecked Sendable {
    /// Bytes of the stream that are done with: where reading may begin again after a crash. The start of a unit.
    private(set) var doneBytes = 0
    /// Nothing behind this place can be read: no length stands where one must.
    private(set) var isBroken = false

    private let units: AlertFileForm.Units
    private var limits: cjson_limits
    private let lines: OpaquePointer
    private let responses: AlertDecoder?
    private var buffer: UnitBuffer
    /// Held bytes in which no line feed is.
    private var searched = 0
    /// How many bytes must be held before the next response can be complete.
    private var needed = 1
    private var oversized: Oversized?

    /// A unit above the limit, on its way past.
    private struct Oversized {
        var prefix: [UInt8] = []
        /// Bytes of the stream that went by, the length before a response included.
        var passed: Int
        /// The whole unit, in the same count; nil for a line, which ends at its line feed.
        var total: Int?
        /// Of `passed`, not of the unit itself.
        var header = 0
    }

    init(_ units: AlertFileForm.Units, limitBytes: Int, unitLimit: Int = 1024, batchBytes: Int = 256 << 10) {
        self.units = units
        limits = cjson_limits(
            unit_limit: UInt32(clamping: unitLimit), byte_limit: UInt32(clamping: batchBytes),
            text_limit: UInt32(clamping: min(limitBytes, Int(CALERT_BYTES_LIMIT))))
        unsafe lines = cjson_parser_create()
        responses = units == .responses ? AlertDecoder() : nil
        buffer = UnitBuffer(capacity: 64 << 10)
    }

    deinit { unsafe cjson_parser_destroy(lines) }

    /// Bytes read that are part of a unit still incomplete.
    var pendingBytes: Int { buffer.count + (oversized?.passed ?? 0) }

    /// Takes in more bytes: `read` writes into the room it gets and returns how many, 0 at the end.
    mutating func append(_ read: (UnsafeMutableRawBufferPointer) throws -> Int) rethrows -> Int {
        // A long unit is read in growing pieces, so that moving it costs no more than reading it.
        let least = max(32 << 10, min(max(buffer.count, needed - buffer.count), 4 << 20))
        return try unsafe buffer.append(atLeast: least, read)
    }

    /// Moves complete units into the batch. True when the batch is full: call again with an empty one.
    mutating func decode(into batch: inout AlertBatchBuilder, arrival: EventTime) -> Bool {
        if oversized != nil, !passOversized(into: &batch, arrival) { return false }
        switch units {
        case .lines: return decodeLines(into: &batch, arrival)
        case .responses: return decodeResponses(into: &batch, arrival)
        }
    }

    /// The stream is at its end: what is held is the last unit, or a part of one. `broke` says that the stream did not
    /// end but could not be read on, which makes one reject in any case.
    mutating func finish(into batch: inout AlertBatchBuilder, arrival: EventTime, broke: Bool = false) {
        if let unit = oversized {
            oversized = nil
            reject(unit, as: unit.total == nil ? .tooLarge : .truncated, in: &batch, arrival)
            doneBytes += unit.passed
        } else if broke || (units == .responses && buffer.count != 0) {
            rejectHeld(.truncated, in: &batch, arrival)
        } else if buffer.count != 0 {
            var limits = limits
            unsafe buffer.held.withUnsafeBufferPointer { held in
                _ = unsafe cjson_scan_last_line(
                    lines, batch.raw, held.baseAddress!, held.count, &limits, arrival.nanoseconds)
            }
        }
        consume(buffer.count)
    }

    // MARK: Lines

    private mutating func decodeLines(into batch: inout AlertBatchBuilder, _ arrival: EventTime) -> Bool {
        // Most reads of a long line bring no end of it: they are looked at once.
        guard buffer.count > searched else { return false }
        if searched > 0, firstLineFeed(from: searched) == nil, buffer.count <= limits.text_limit {
            searched = buffer.count
            return false
        }
        var consumed = 0
        var limits = limits
        let state = unsafe buffer.held.withUnsafeBufferPointer { held in
            unsafe cjson_scan_lines(
                lines, batch.raw, held.baseAddress!, held.count, &limits, arrival.nanoseconds, &consumed)
        }
        consume(consumed)
        switch state {
        case CJSON_BATCH_FULL:
            searched = 0
            return true
        case CJSON_LINE_TOO_LONG:
            oversized = Oversized(passed: 0)
            searched = 0
            _ = passOversized(into: &batch, arrival)
        default:
            searched = buffer.count
        }
        return false
    }

    private func firstLineFeed(from place: Int) -> Int? {
        unsafe buffer.held.withUnsafeBufferPointer { held in
            guard held.count > place, let start = held.baseAddress else { return nil }
            guard let found = unsafe memchr(start + place, 0x0A, held.count - place) else { return nil }
            return unsafe UnsafeRawPointer(found) - UnsafeRawPointer(start)
        }
    }

    // MARK: Responses

    private mutating func decodeResponses(into batch: inout AlertBatchBuilder, _ arrival: EventTime) -> Bool {
        let first = batch.alertCount
        defer { responses?.unwrap(&batch, from: first) }
        while !isBroken, buffer.count >= needed {
            var frame = cfalco_frame()
            let limit = limits.text_limit
            let state = unsafe buffer.held.withUnsafeBufferPointer { held in
                unsafe cfalco_next_frame(held.baseAddress!, held.count, 0, limit, &frame)
            }
            switch state {
            case CFALCO_FRAME_MESSAGE:
                if isFull(batch, Int(frame.length)) { return true }
                unsafe buffer.held.withUnsafeBufferPointer { held in
                    let message = unsafe held.baseAddress! + Int(frame.message)
                    _ = unsafe cfalco_append_response(batch.raw, message, Int(frame.length), arrival.nanoseconds)
                }
                needed = 1
                consume(Int(frame.next))
            case CFALCO_FRAME_TOO_LARGE:
                if isFull(batch, Int(CALERT_REJECT_BYTES)) { return true }
                needed = 1
                oversized = Oversized(
                    passed: Int(frame.message), total: Int(clamping: frame.next), header: Int(frame.message))
                buffer.consume(Int(frame.message))
                if !passOversized(into: &batch, arrival) { return false }
            case CFALCO_FRAME_NEED_MORE:
                needed = max(Int(clamping: frame.needed), buffer.count + 1)
                return false
            default:
                if isFull(batch, Int(CALERT_REJECT_BYTES)) { return true }
                rejectHeld(.malformedProtobuf, in: &batch, arrival)
                consume(buffer.count)
                isBroken = true
            }
        }
        if isBroken { consume(buffer.count) }
        return false
    }

    private func isFull(_ batch: borrowing AlertBatchBuilder, _ next: Int) -> Bool {
        guard !batch.isEmpty else { return false }
        return batch.alertCount + batch.rejectCount >= limits.unit_limit || batch.byteCount + next > limits.byte_limit
    }

    // MARK: Units above the limit

    /// False while the end of the unit has not come.
    private mutating func passOversized(into batch: inout AlertBatchBuilder, _ arrival: EventTime) -> Bool {
        guard var unit = oversized else { return true }
        let available = buffer.count
        let end: Int?
        if let total = unit.total {
            end = total - unit.passed <= available ? total - unit.passed : nil
        } else {
            end = firstLineFeed(from: 0)
        }
        let taken = end ?? available
        unit.prefix += prefix(min(taken, Int(CALERT_REJECT_BYTES) - unit.prefix.count))
        unit.passed += taken
        buffer.consume(taken)
        guard end != nil else {
            oversized = unit
            return false
        }
        oversized = nil
        reject(unit, as: .tooLarge, in: &batch, arrival)
        doneBytes += unit.passed
        return true
    }

    private func reject(
        _ unit: Oversized, as reason: RejectReason, in batch: inout AlertBatchBuilder, _ arrival: EventTime
    ) {
        let received = unit.passed - unit.header
        batch.reject(reason, encoding: encoding, bytes: unit.prefix.span, receivedBytes: received, arrival: arrival)
    }

    // MARK: What is held

    private func rejectHeld(_ reason: RejectReason, in batch: inout AlertBatchBuilder, _ arrival: EventTime) {
        let bytes = prefix(min(buffer.count, Int(CALERT_REJECT_BYTES)))
        batch.reject(reason, encoding: encoding, bytes: bytes.span, receivedBytes: buffer.count, arrival: arrival)
    }

    private func prefix(_ count: Int) -> [UInt8] {
        let held = buffer.held
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { room, filled in
            for index in 0 ..< count { unsafe room.initializeElement(at: index, to: held[index]) }
            filled = count
        }
    }

    private var encoding: AlertEncoding { units == .lines ? .json : .protobuf }

    private mutating func consume(_ count: Int) {
        buffer.consume(count)
        doneBytes += count
        searched = 0
    }
}
