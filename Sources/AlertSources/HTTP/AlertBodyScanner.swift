// SPDX-License-Identifier: Apache-2.0
import AlertModel
import CAlertBatch
import CJSONScan

/// Reads alerts out of HTTP bodies: the owner of one JSON parser. One thread at a time.
@safe
struct AlertBodyScanner: ~Copyable, @unchecked Sendable {
    private let parser: OpaquePointer
    /// What an empty body points to: C wants an address even for no bytes.
    private let nothing: UnsafeMutablePointer<UInt8>
    private let limits: cjson_limits

    /// How far a body is read.
    struct Place: Sendable {
        fileprivate var raw = cjson_body_place()
    }

    /// A batch with `unitLimit` alerts and rejects, or one that the next alert would bring above `byteLimit`, is full; a
    /// longer alert than `alertLimitBytes` becomes a dead letter.
    init(unitLimit: Int, byteLimit: Int, alertLimitBytes: Int) {
        unsafe parser = cjson_parser_create()
        unsafe nothing = .allocate(capacity: 1)
        limits = cjson_limits(
            unit_limit: UInt32(clamping: unitLimit), byte_limit: UInt32(clamping: byteLimit),
            text_limit: UInt32(clamping: alertLimitBytes))
    }

    deinit {
        unsafe cjson_parser_destroy(parser)
        unsafe nothing.deallocate()
    }

    /// Appends what the body holds from `place` on; false when the batch is full and more of the body is left.
    func scan(
        _ body: some Collection<UInt8>, from place: inout Place, into batch: inout AlertBatchBuilder, arrival: EventTime
    ) -> Bool {
        let scanned = body.withContiguousStorageIfAvailable { bytes in
            unsafe scan(bytes, from: &place, into: &batch, arrival: arrival)
        }
        if let scanned { return scanned }
        return unsafe Array(body).withUnsafeBufferPointer { bytes in
            unsafe scan(bytes, from: &place, into: &batch, arrival: arrival)
        }
    }

    private func scan(
        _ body: UnsafeBufferPointer<UInt8>, from place: inout Place, into batch: inout AlertBatchBuilder,
        arrival: EventTime
    ) -> Bool {
        unsafe withUnsafePointer(to: limits) { limits in
            unsafe cjson_scan_body(
                parser, batch.raw, body.baseAddress ?? UnsafePointer(nothing), body.count, limits, arrival.nanoseconds,
                &place.raw)
        }
    }
}
