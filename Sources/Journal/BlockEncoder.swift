// SPDX-License-Identifier: Apache-2.0
import AlertModel
import CAlertBatch

/// Turns a batch into the two blobs of an `entries` row: columns, and the raw bytes on their way to the compressor.
///
///     columns   version 1 · count · base arrival · base event time
///               priorities · encodings                   one byte for all, or one each
///               event times · arrivals                   zigzag differences to the one before; arrivals maybe one for all
///               raw lengths                              varints
///               rule · source · hostname · container.id · k8s.ns.name     (ColumnDictionary)
///               CRC-32
///     payload   zstd( raw | raw | … )                    with content size and checksum
///
/// Numbers are LEB128 varints, or little-endian where their width is fixed. One of the two doors to unsafe code.
/// Memory grows to the largest block and is used again; nothing is allocated per alert.
struct BlockEncoder: ~Copyable {
    static let formatVersion: UInt8 = 1

    private(set) var columns: [UInt8] = []
    private(set) var earliest: Int64 = 0
    private(set) var latest: Int64 = 0
    private(set) var lastArrival: Int64 = 0
    private(set) var rawByteCount = 0
    private var gathered: [UInt8] = []
    private var rules: ColumnDictionary
    private var sources: ColumnDictionary
    private var hosts: ColumnDictionary
    private var containers: ColumnDictionary
    private var namespaces: ColumnDictionary

    init(seed: UInt64) {
        rules = ColumnDictionary(seed: seed)
        sources = ColumnDictionary(seed: seed)
        hosts = ColumnDictionary(seed: seed)
        containers = ColumnDictionary(seed: seed)
        namespaces = ColumnDictionary(seed: seed)
    }

    /// Sets `columns` and the numbers beside it from a batch with at least one alert, and gives its raw bytes, back to
    /// back, to `body`.
    mutating func encode<Result>(_ batch: AlertBatch, _ body: (Span<UInt8>) throws -> Result) rethrows -> Result {
        let count = batch.count
        precondition(count > 0)
        measure(batch)
        columns.removeAll(keepingCapacity: true)
        columns.append(Self.formatVersion)
        columns.appendVarint(UInt64(count))
        writeNumbers(batch)
        writeDictionaries(batch)
        let sum = checksum(columns.span)
        columns.appendLittleEndian(sum)
        return try withRawBytes(of: batch, body)
    }

    @_lifetime(borrow batch)
    private static func records(_ batch: AlertBatch) -> Span<calert_record> {
        let span = unsafe Span(_unsafeStart: batch.raw.pointee.records, count: batch.count)
        return unsafe _overrideLifetime(span, borrowing: batch)
    }

    private mutating func measure(_ batch: AlertBatch) {
        let records = Self.records(batch)
        earliest = .max
        latest = .min
        lastArrival = .min
        rawByteCount = 0
        for index in 0 ..< batch.count {
            let record = records[index]
            earliest = min(earliest, record.event_time)
            latest = max(latest, record.event_time)
            lastArrival = max(lastArrival, record.arrival_time)
            rawByteCount += Int(record.raw.length)
        }
    }

    private mutating func writeNumbers(_ batch: AlertBatch) {
        let records = Self.records(batch)
        columns.appendLittleEndian(UInt64(bitPattern: records[0].arrival_time))
        columns.appendLittleEndian(UInt64(bitPattern: records[0].event_time))
        writeBytes(batch) { $0.priority & 7 }
        writeBytes(batch) { $0.encoding }
        writeTimes(batch, constantAllowed: false) { $0.event_time }
        writeTimes(batch, constantAllowed: true) { $0.arrival_time }
        for index in 0 ..< batch.count { columns.appendVarint(UInt64(records[index].raw.length)) }
    }

    @inline(__always)
    private mutating func writeBytes(_ batch: AlertBatch, _ value: (borrowing calert_record) -> UInt8) {
        let records = Self.records(batch)
        let first = value(records[0])
        var same = true
        for index in 1 ..< max(1, batch.count) where value(records[index]) != first { same = false; break }
        columns.append(same ? 0 : 1)
        if same { columns.append(first); return }
        for index in 0 ..< batch.count { columns.append(value(records[index])) }
    }

    @inline(__always)
    private mutating func writeTimes(
        _ batch: AlertBatch, constantAllowed: Bool, _ value: (borrowing calert_record) -> Int64
    ) {
        let records = Self.records(batch)
        var previous = value(records[0])
        var same = constantAllowed
        if same {
            for index in 1 ..< max(1, batch.count) where value(records[index]) != previous {
                same = false; break
            }
        }
        if constantAllowed { columns.append(same ? 0 : 1) }
        if same { return }
        for index in 0 ..< batch.count {
            let time = value(records[index])
            columns.appendVarint(zigzag: time &- previous)
            previous = time
        }
    }

    private mutating func writeDictionaries(_ batch: AlertBatch) {
        rules.removeAll()
        sources.removeAll()
        hosts.removeAll()
        containers.removeAll()
        namespaces.removeAll()
        let raw = unsafe batch.raw
        for index in 0 ..< batch.count {
            let record = unsafe raw.pointee.records + index
            unsafe rules.append(Self.span(raw, record.pointee.rule))
            unsafe sources.append(Self.span(raw, record.pointee.source))
            unsafe hosts.append(Self.span(raw, record.pointee.hostname))
            var container: UnsafePointer<calert_field>?
            var namespace: UnsafePointer<calert_field>?
            // The table is not there while no alert of the batch has a field.
            if let table = unsafe raw.pointee.fields {
                let fields = unsafe table + Int(record.pointee.first_field)
                let count = unsafe Int(record.pointee.field_count)
                for position in 0 ..< count {
                    let id = unsafe UInt32(fields[position].key_id)
                    if id == CALERT_FIELD_CONTAINER_ID.rawValue { unsafe container = UnsafePointer(fields + position) }
                    if id == CALERT_FIELD_K8S_NS_NAME.rawValue { unsafe namespace = UnsafePointer(fields + position) }
                }
            }
            unsafe Self.append(container, of: raw, to: &containers)
            unsafe Self.append(namespace, of: raw, to: &namespaces)
        }
        rules.write(to: &columns)
        sources.write(to: &columns)
        hosts.write(to: &columns)
        containers.write(to: &columns)
        namespaces.write(to: &columns)
    }

    private static func append(
        _ field: UnsafePointer<calert_field>?, of batch: UnsafePointer<calert_batch>, to column: inout ColumnDictionary
    ) {
        guard let field = unsafe field, unsafe field.pointee.kind > UInt8(CALERT_EMPTY.rawValue) else {
            column.appendNull()
            return
        }
        unsafe column.append(span(batch, field.pointee.text))
    }

    @_lifetime(immortal)
    private static func span(_ batch: UnsafePointer<calert_batch>, _ slice: calert_slice) -> Span<UInt8> {
        let span = unsafe Span(_unsafeStart: calert_slice_bytes(batch, slice), count: Int(slice.length))
        return unsafe _overrideLifetime(span, borrowing: ())
    }

    /// The batch's own memory where the messages lie back to back, a copy where rejects or gaps lie between them.
    private mutating func withRawBytes<Result>(
        of batch: AlertBatch, _ body: (Span<UInt8>) throws -> Result
    ) rethrows -> Result {
        let raw = unsafe batch.raw
        let records = Self.records(batch)
        let start = records[0].raw
        let end = records[batch.count - 1].raw
        var expected = start.offset
        var backToBack = start.offset & CALERT_DERIVED == 0
        for index in 0 ..< batch.count {
            let record = records[index]
            if record.raw.offset != expected { backToBack = false; break }
            expected += record.raw.length
        }
        if backToBack, Int(end.offset) + Int(end.length) - Int(start.offset) == rawByteCount {
            return try body(unsafe Span(_unsafeStart: calert_slice_bytes(raw, start), count: rawByteCount))
        }
        gathered.removeAll(keepingCapacity: true)
        gathered.reserveCapacity(rawByteCount)
        for index in 0 ..< batch.count {
            let record = records[index]
            let bytes = unsafe UnsafeBufferPointer(
                start: calert_slice_bytes(raw, record.raw), count: Int(record.raw.length))
            unsafe gathered.append(contentsOf: bytes)
        }
        defer { if gathered.count > 4 << 20 { gathered = [] } }
        return try body(gathered.span)
    }
}
