// SPDX-License-Identifier: Apache-2.0
import AlertModel
import CJSONScan
import Glibc
import Journal

// A process that the journal's tests kill, or starve of disk space.
//
//     journal-writer write PATH DURABILITY     commits for ever; says "LAST-PLACE ALERTS-IN-ALL" after each commit
//     journal-writer hold PATH                 opens the journal, says "open", waits for the end of its input
//     journal-writer starve PATH BYTES         commits while no file may grow past BYTES; says how the first failure was
//                                              and, with the limit lifted, where the same group then stands

let arguments = CommandLine.arguments
guard arguments.count >= 3 else { exit(2) }

func batch(_ first: Int, count: Int) -> AlertBatch {
    let parser = unsafe cjson_parser_create()
    defer { unsafe cjson_parser_destroy(parser) }
    let builder = AlertBatchBuilder()
    for number in first ..< first + count {
        // Noise that does not compress, so that files grow.
        let noise = (0 ..< 8).map {
            String(UInt64(number + 1) &* 0x9e37_79b9_7f4a_7c15 &* UInt64($0 * 2 + 1), radix: 36)
        }
        let text = "{\"rule\":\"Rule \(number)\",\"priority\":\"Notice\",\"output\":\"\(noise.joined())\"}"
        let bytes = Array(text.utf8)
        unsafe cjson_scan_alert(parser, builder.raw, bytes, bytes.count, Int64(number))
    }
    return builder.seal()
}

func say(_ text: String) {
    let line = Array((text + "\n").utf8)
    _ = unsafe write(1, line, line.count)
}

/// Three batches and a checkpoint that says how many alerts went before: all of it, or nothing, may be found.
func group(_ first: Int, size: Int) -> CommitGroup {
    var group = CommitGroup()
    for part in 0 ..< 3 { group.append(.alerts(batch(first + part * size, count: size), source: "node")) }
    group.setCheckpoint(Array("\(first + 3 * size)".utf8), ofSource: "node")
    group.setCursor(SinkCursor(nextOutput: Int64(first + 3 * size)), ofSink: "archive")
    return group
}

/// RLIM_INFINITY, which Swift cannot read.
let unlimited = rlim_t.max

@MainActor func run() throws(JournalError) {
    var settings = JournalSettings(path: arguments[2])
    switch arguments[1] {
    case "write":
        settings.durability = JournalSettings.Durability(rawValue: arguments[3]) ?? .os
        settings.logLimitBytes = 1 << 20
        let writer = try JournalWriter(settings)
        var written = 0
        while true {
            let size = written % 7 * 10 + 1
            _ = try writer.commit(group(written, size: size))
            written += 3 * size
            say("\(writer.nextPlace - 1) \(written)")
        }
    case "hold":
        let writer = try JournalWriter(settings)
        say("open")
        var byte: UInt8 = 0
        while unsafe read(0, &byte, 1) > 0 {}
        _ = writer.nextPlace
    case "starve":
        signal(SIGXFSZ, SIG_IGN)
        let writer = try JournalWriter(settings)
        var limit = rlimit(rlim_cur: UInt(arguments[3]) ?? 0, rlim_max: unlimited)
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        var written = 0
        for _ in 0 ..< 100_000 {
            let next = group(written, size: 50)
            do throws(JournalError) {
                _ = try writer.commit(next)
                written += 150
            } catch {
                say("failed \(error) after \(written)")
                limit.rlim_cur = unlimited
                unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
                let receipt = try writer.commit(next)
                say("retried \(receipt.places[0])")
                return
            }
        }
    default: exit(2)
    }
}

do { try run() } catch {
    say("\(error)")
    exit(1)
}
