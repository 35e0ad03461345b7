// SPDX-License-Identifier: Apache-2.0
public import AlertModel
import CAlertBatch
import CFalcoOutputs
import CJSONScan

/// Raw bytes back into alerts: the one decoding that sources, the journal's readers and replays share.
///
/// A pure function of encoding, bytes and arrival time. Owns a JSON parser; one thread at a time.
@safe
public final class AlertDecoder {
    private let parser: OpaquePointer

    public init() { unsafe parser = cjson_parser_create() }
    deinit { unsafe cjson_parser_destroy(parser) }

    /// Appends the alert, or a reject with its reason.
    public func decode(
        _ encoding: AlertEncoding, _ bytes: Span<UInt8>, arrival: EventTime, into batch: inout AlertBatchBuilder
    ) {
        unsafe bytes.withUnsafeBufferPointer { buffer in
            var none: UInt8 = 0
            unsafe withUnsafePointer(to: &none) { empty in
                // C wants an address even for no bytes.
                let start = unsafe buffer.baseAddress ?? empty
                switch encoding {
                case .json: unsafe cjson_scan_alert(parser, batch.raw, start, buffer.count, arrival.nanoseconds)
                case .protobuf: unsafe cfalco_append_response(batch.raw, start, buffer.count, arrival.nanoseconds)
                }
            }
        }
        if encoding == .protobuf { unwrap(&batch, from: batch.alertCount - 1) }
    }

    /// Looks into the protobuf alerts from `first` on whose `output` may be Falco's whole JSON document
    /// (`json_output: true`), and takes the better-typed values in it. To be called once after scanning.
    public func unwrap(_ batch: inout AlertBatchBuilder, from first: Int = 0) {
        let raw = unsafe batch.raw
        for index in max(0, first) ..< max(0, batch.alertCount)
        where unsafe UInt32(raw.pointee.records[index].flags) & CALERT_MAYBE_WRAPPED != 0 {
            unsafe cjson_unwrap(parser, raw, UInt32(index))
        }
    }
}
