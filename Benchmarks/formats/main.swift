// SPDX-License-Identifier: Apache-2.0
//
// What a format costs: one batch of realistic alerts, encoded again and again on one thread into one buffer.
//
//   formats [PASSES]      a table in processor time; it drifts with the machine, the lines of one run compare
//   formats 200 falco protobuf   one cell only, for callgrind
import AlertFormats
import AlertModel
import CAllocations
import Glibc

let arguments = CommandLine.arguments
let passes = arguments.count > 1 ? Int(arguments[1]) ?? 200 : 200
let onlyFormat = arguments.count > 2 ? arguments[2] : nil
let onlyInput = arguments.count > 3 ? arguments[3] : nil

let inputs: [(name: String, entry: DecidedEntry)] = [
    ("protobuf", Alerts.entry(.protobuf)), ("wrapped", Alerts.entry(.wrapped)), ("json", Alerts.entry(.json)),
    ("enriched", Alerts.enriched(.protobuf)),
]
for input in inputs where onlyInput == nil || onlyInput == input.name {
    for kind in FormatKind.allCases where onlyFormat == nil || onlyFormat == kind.rawValue {
        measure(input.name, input.entry, kind.format())
    }
    if onlyFormat == nil || onlyFormat == "syslog" { measure(input.name, input.entry, SyslogFormat(CEFFormat())) }
}

/// Seconds of processor time of this thread: what others do on the machine in between does not count.
func processorSeconds() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func measure(_ input: String, _ entry: DecidedEntry, _ format: any AlertFormat) {
    var buffer = OutputBuffer(capacity: 4 << 20)
    _ = format.append(outputsOf: entry, from: entry.firstOutput, limitBytes: .max, to: &buffer)
    let before = allocations_of_this_thread()
    buffer.removeAll()
    _ = format.append(outputsOf: entry, from: entry.firstOutput, limitBytes: .max, to: &buffer)
    let allocations = allocations_of_this_thread() - before
    var bytes = 0
    // The best of five rounds: other work on the machine takes caches and clock, it never gives any.
    var seconds = Double.infinity
    for _ in 0 ..< 5 {
        bytes = 0
        let start = processorSeconds()
        for _ in 0 ..< passes {
            buffer.removeAll()
            _ = format.append(outputsOf: entry, from: entry.firstOutput, limitBytes: .max, to: &buffer)
            bytes += buffer.count
        }
        seconds = min(seconds, processorSeconds() - start)
    }
    let records = Double(passes * entry.outputCount)
    let line = [
        input, format.name, "\(bytes / (passes * entry.outputCount)) B/record",
        "\((records / seconds / 1e4).rounded() / 100) M records/s", "\((Double(bytes) / seconds / 1e6).rounded()) MB/s",
        "\((seconds / records * 1e9).rounded()) ns", "\(allocations) allocations",
    ]
    print(line.joined(separator: "\t"))
}
