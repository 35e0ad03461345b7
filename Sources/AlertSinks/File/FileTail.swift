// SPDX-License-Identifier: Apache-2.0
import Glibc

/// What files hold already of the lines that a sink is about to write.
///
/// After kill −9 the stored cursor is older than the file. Encoding is deterministic, so the lines behind the cursor are
/// exactly those that come again: each is looked for at the place reached, and what does not match there was written by
/// somebody else and is passed over. Lines of ours stand in order, so a line that is not found before the end is not there,
/// and none after it is.
///
///     cursor ─┐
///     file    │ line 7 │ line 8 │ lin        →  7 and 8 are there; of 9 the rest is to be written
///     rotated │ line 7 │ file │ line 8 │ li  →  the same over two files, the older one first
struct FileTail {
    enum Match: Equatable {
        /// The line is there, whole.
        case present
        /// The file ends in the middle of the line, after `count` bytes: the rest belongs there.
        case torn(count: Int)
        /// The line is not there; nothing further is.
        case absent
    }

    /// A file that was rotated away is looked for only here, and a file without a known place only from here on. At a
    /// cursor stored several times a second, more than this cannot lie behind it.
    static let lookBackBytes: Int64 = 256 << 20

    private struct Segment {
        let file: OutputFile
        let inode: UInt64
        /// Where the next read begins.
        var place: Int64
    }

    private var segments: [Segment] = []
    private var window = [UInt8](repeating: 0, count: 128 << 10)
    private var start = 0
    private var end = 0
    /// Lines passed over.
    private(set) var foreignLines = 0
    /// The last file ends in somebody else's unfinished line.
    private(set) var endsUnfinished = false

    var isEmpty: Bool { segments.isEmpty }

    /// Appends a file that is to be read from `place` on.
    mutating func add(_ file: OutputFile, inode: UInt64, from place: Int64) {
        segments.append(Segment(file: file, inode: inode, place: place))
    }

    /// The file that the last match was found in.
    var file: OutputFile? { segments.first?.file }

    /// Where the next line is looked for; nil at the end.
    var position: FilePosition? {
        segments.first.map { FilePosition(inode: $0.inode, length: $0.place - Int64(end - start)) }
    }

    /// Looks for `line`, which ends with its only line feed. After `.torn` the file in question is still `file`; call
    /// `next()` when its rest is taken care of.
    mutating func match(_ line: Span<UInt8>) throws(DeliveryError) -> Match {
        var matched = 0
        while true {
            if start == end, try !fill() {
                if matched > 0 { return .torn(count: matched) }
                if !next() { return .absent }
                continue
            }
            let length = min(end - start, line.count - matched)
            let same = equalPrefix(line, matched, length)
            start += same
            matched += same
            if matched == line.count { return .present }
            if same == length { continue }
            matched = 0
            if try skipLine() {
                foreignLines += 1
                continue
            }
            // Somebody else's unfinished line at the end of a file.
            foreignLines += 1
            if !next() {
                endsUnfinished = true
                return .absent
            }
        }
    }

    /// Goes on to the next file; false when this was the last.
    @discardableResult
    mutating func next() -> Bool {
        start = 0
        end = 0
        guard segments.count > 1 else { return false }
        segments.removeFirst()
        return true
    }

    private func equalPrefix(_ line: Span<UInt8>, _ offset: Int, _ length: Int) -> Int {
        unsafe line.withUnsafeBufferPointer { line in
            unsafe window.withUnsafeBufferPointer { window in
                guard let line = line.baseAddress, let window = window.baseAddress else { return 0 }
                if unsafe memcmp(line + offset, window + start, length) == 0 { return length }
                var same = 0
                while unsafe line[offset + same] == window[start + same] { same += 1 }
                return same
            }
        }
    }

    /// Goes behind the next line feed; false when the file ends before one.
    private mutating func skipLine() throws(DeliveryError) -> Bool {
        while true {
            if let feed = nextLineFeed() {
                start = feed + 1
                return true
            }
            start = end
            if try !fill() { return false }
        }
    }

    private func nextLineFeed() -> Int? {
        unsafe window.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress, let found = unsafe memchr(base + start, 0x0A, end - start) else {
                return nil
            }
            return unsafe UnsafeRawPointer(found) - base
        }
    }

    /// Reads on; false at the end of the file.
    private mutating func fill() throws(DeliveryError) -> Bool {
        guard let segment = segments.first else { return false }
        let count = segment.file.read(into: &window, at: segment.place)
        if count < 0 {
            throw .retry(after: .seconds(1), reason: "cannot read what the file holds: \(errorText(Int32(-count)))")
        }
        start = 0
        end = count
        segments[0].place += Int64(count)
        return count > 0
    }
}
