// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertModel
import CMaxMindDB
import Glibc

/// Owner of one MaxMind database: <https://maxmind.github.io/MaxMind-DB/>, read by libmaxminddb.
///
/// Its bytes lie in an unnamed file of memory: whatever happens to the file they came from, replaced or overwritten in
/// place, this generation answers as before. Reads only, from any thread.
@safe
final class MaxMindDatabase: AddressDatabase, @unchecked Sendable {
    /// Longer texts are not taken, in bytes.
    static let textLimit = 512

    let name: String
    let built: EventTime
    private let handle: UnsafeMutablePointer<MMDB_s>

    init(_ file: TableFile) throws(TableProblem) {
        name = file.path.split(separator: "/").last.map(String.init) ?? file.path
        unsafe handle = .allocate(capacity: 1)
        unsafe handle.initialize(to: MMDB_s())
        do throws(TableProblem) {
            try unsafe Self.open(file, handle)
        } catch {
            unsafe handle.deallocate()
            throw error
        }
        let seconds = unsafe handle.pointee.metadata.build_epoch
        // Further than an EventTime reaches is a mistake of the file; it is then as old as can be.
        built = EventTime(nanoseconds: seconds < 9_000_000_000 ? Int64(seconds) * 1_000_000_000 : 0)
    }

    deinit {
        unsafe MMDB_close(handle)
        unsafe handle.deallocate()
    }

    private static func open(_ file: TableFile, _ handle: UnsafeMutablePointer<MMDB_s>) throws(TableProblem) {
        guard !file.bytes.isEmpty else { throw TableProblem(file.path, "is empty") }
        let descriptor = cmaxminddb_memory_file()
        guard descriptor >= 0 else { throw TableProblem(file.path, "no memory for it (errno \(errno))") }
        defer { close(descriptor) }
        var written = 0
        while written < file.bytes.count {
            let count = unsafe file.bytes.withUnsafeBytes { bytes in
                unsafe write(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw TableProblem(file.path, "no memory for it (errno \(errno))") }
            written += count
        }
        let status = unsafe MMDB_open("/proc/self/fd/\(descriptor)", UInt32(MMDB_MODE_MMAP), handle)
        guard status == MMDB_SUCCESS else {
            throw TableProblem(
                file.path, "is no MaxMind database: \(unsafe String(cString: MMDB_strerror(status)))")
        }
    }

    func find(_ address: NetworkAddress, into facts: inout AddressFacts) {
        var bytes = InlineArray<16, UInt8>(repeating: 0)
        let isIPv4 = address.isIPv4
        if isIPv4 {
            for index in 0 ..< 4 { bytes[index] = UInt8(truncatingIfNeeded: address.low >> UInt64(24 - 8 * index)) }
        } else {
            for index in 0 ..< 8 {
                bytes[index] = UInt8(truncatingIfNeeded: address.high >> UInt64(56 - 8 * index))
                bytes[index + 8] = UInt8(truncatingIfNeeded: address.low >> UInt64(56 - 8 * index))
            }
        }
        var found = unsafe cmaxminddb_facts()
        let isKnown = unsafe bytes.span.withUnsafeBufferPointer { place in
            unsafe cmaxminddb_find(handle, place.baseAddress, isIPv4, &found)
        }
        guard isKnown else { return }
        if facts.country.isEmpty { unsafe Self.append(found.country, to: &facts.country) }
        if facts.city.isEmpty { unsafe Self.append(found.city, to: &facts.city) }
        if facts.organization.isEmpty { unsafe Self.append(found.organization, to: &facts.organization) }
        if facts.number == 0 { facts.number = unsafe found.number }
    }

    private static func append(_ text: cmaxminddb_text, to target: inout [UInt8]) {
        guard let start = unsafe text.text, unsafe text.length <= UInt32(textLimit) else { return }
        let bytes = unsafe UnsafeRawBufferPointer(start: start, count: Int(text.length))
        unsafe target.append(contentsOf: bytes)
    }
}
