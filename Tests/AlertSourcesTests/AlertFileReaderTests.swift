// SPDX-License-Identifier: Apache-2.0
import AlertModel
import CCompression
import Testing

@testable import AlertSources

struct AlertFileReaderTests {
    private let folder = TestFolder()

    struct Content: Equatable {
        var alerts = 0
        var rejects: [RejectReason] = []
        var rules: [String] = []
    }

    private func read(_ path: String, skipping: Int = 0) throws -> Content {
        var reader = try AlertFileReader(path: path, unitLimit: 100)
        try reader.skip(skipping)
        var content = Content()
        var isMore = true
        var progress = 0
        while isMore {
            var batch = AlertBatchBuilder()
            isMore = try reader.fill(&batch, arrival: EventTime(nanoseconds: 5))
            let sealed = batch.seal()
            #expect(sealed.count + sealed.rejectCount <= 101)
            content.alerts += sealed.count
            for index in 0 ..< sealed.count { content.rules.append(sealed.rule(at: index)) }
            for index in 0 ..< sealed.rejectCount { content.rejects.append(sealed.reject(at: index).reason) }
            #expect(reader.readBytes >= progress && reader.readBytes <= reader.totalBytes)
            progress = reader.readBytes
        }
        return content
    }

    private func gzip(_ bytes: [UInt8]) -> [UInt8] {
        var stream = unsafe z_stream()
        unsafe _ = deflateInit2_(
            &stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        defer { unsafe _ = deflateEnd(&stream) }
        var input = bytes
        return unsafe input.withUnsafeMutableBufferPointer { input in
            unsafe [UInt8](unsafeUninitializedCapacity: input.count + 1000) { room, count in
                unsafe stream.next_in = input.baseAddress
                unsafe stream.avail_in = UInt32(input.count)
                unsafe stream.next_out = room.baseAddress
                unsafe stream.avail_out = UInt32(room.count)
                #expect(unsafe deflate(&stream, Z_FINISH) == Z_STREAM_END)
                count = unsafe room.count - Int(stream.avail_out)
            }
        }
    }

    private func zstd(_ bytes: [UInt8]) -> [UInt8] {
        unsafe bytes.withUnsafeBytes { input in
            unsafe [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(input.count)) { room, count in
                count = unsafe ZSTD_compress(room.baseAddress, room.count, input.baseAddress, input.count, 3)
            }
        }
    }

    @Test(arguments: [("both.jsonl", 3032), ("alerts.jsonl", 3041), ("both.pb", 3000)])
    func `a recording is read whole, packed or not`(name: String, count: Int) throws {
        let plain = try read(sample(name))
        #expect(plain.alerts >= count && plain.rejects.isEmpty)
        let bytes = readSample(sample(name))
        let half = bytes.count / 2
        folder.write(name + ".gz", gzip(bytes))
        folder.write(name + ".zst", zstd(bytes))
        folder.write("two-" + name + ".gz", gzip(Array(bytes[..<half])) + gzip(Array(bytes[half...])) + [0, 0, 0])
        folder.write("two-" + name + ".zst", zstd(Array(bytes[..<half])) + zstd(Array(bytes[half...])))
        for packed in [name + ".gz", name + ".zst", "two-" + name + ".gz", "two-" + name + ".zst"] {
            #expect(try read(folder[packed]) == plain)
        }
    }

    @Test(arguments: ["internal.pb", "internal-json.pb", "invalid-utf8.pb", "alerts-text.txt"])
    func `every other sample is read to its end`(name: String) throws {
        let content = try read(sample(name))
        #expect(content.alerts + content.rejects.count > 0)
        if name.hasSuffix(".txt") { #expect(content.alerts == 0 && Set(content.rejects) == [.plainText]) }
    }

    @Test(arguments: [".json", ".json.gz", ".json.zst", ".pb", ".pb.gz", ".pb.zst"])
    func `a file that breaks off gives what can be read and one reject`(suffix: String) throws {
        let bytes =
            suffix.hasPrefix(".pb") ? Array(readSample(sample("both.pb"))[..<60_000]) : Array(lines(1 ... 400).utf8)
        let packed = suffix.hasSuffix(".gz") ? gzip(bytes) : suffix.hasSuffix(".zst") ? zstd(bytes) : bytes
        folder.write("whole" + suffix, packed)
        let whole = try read(folder["whole" + suffix])
        for count in stride(from: 1, to: packed.count - 1, by: max(1, packed.count / 60)) {
            folder.write("cut" + suffix, Array(packed[..<count]))
            let cut = try read(folder["cut" + suffix])
            #expect(cut.rules == Array(whole.rules[..<cut.alerts]))
            #expect(cut.rejects.count <= 1 && cut.rejects.allSatisfy { $0 == .truncated })
            if suffix != ".json" && suffix != ".pb" { #expect(cut.rejects == [.truncated]) }
        }
    }

    @Test(arguments: [".json.gz", ".json.zst"])
    func `damaged packed data never crashes and keeps what came before`(suffix: String) throws {
        let bytes = Array(lines(1 ... 400).utf8)
        let packed = suffix.hasSuffix(".gz") ? gzip(bytes) : zstd(bytes)
        for place in stride(from: 0, to: packed.count, by: max(1, packed.count / 100)) {
            var damaged = packed
            damaged[place] ^= 0x55
            folder.write("bad" + suffix, damaged)
            let content = try read(folder["bad" + suffix])
            #expect(content.alerts <= 400)
        }
        folder.write("bad" + suffix, packed + Array("garbage".utf8))
        let content = try read(folder["bad" + suffix])
        #expect(content.alerts == 400 && content.rejects == [.truncated])
    }

    @Test func `an empty file holds nothing; an empty packed one too`() throws {
        for name in ["e.json", "e.pb", "e.json.gz", "e.json.zst"] {
            folder.write(name, [])
            #expect(try read(folder[name]) == Content())
        }
    }

    @Test func `a missing file and a folder are errors that say so`() {
        #expect(throws: FileError.self) { try read(folder["none"]) }
        #expect(throws: FileError.self) { try read(folder.path) }
    }

    @Test func `what is known already is passed over, packed or not`() throws {
        let bytes = Array(lines(1 ... 10).utf8)
        folder.write("a.json", bytes)
        folder.write("a.json.zst", zstd(bytes))
        for name in ["a.json", "a.json.zst"] {
            #expect(try read(folder[name], skipping: lines(1 ... 7).utf8.count).rules == rules(8 ... 10))
            #expect(try read(folder[name], skipping: 1_000_000) == Content())
        }
    }

    @Test(arguments: [
        ("a.json", AlertFileForm(units: .lines)), ("a.pb", AlertFileForm(units: .responses)),
        ("a", AlertFileForm(units: .lines)),
        ("a.jsonl.zst", AlertFileForm(units: .lines, compression: .zstd)),
        ("a.pb.gz", AlertFileForm(units: .responses, compression: .gzip)),
        (".gz", AlertFileForm(units: .lines, compression: .gzip)),
    ])
    func `the name tells the form`(name: String, form: AlertFileForm) {
        #expect(AlertFileForm(path: name) == form)
    }
}
