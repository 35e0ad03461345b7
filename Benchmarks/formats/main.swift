// SPDX-License-Identifier: Apache-2.0
//
// What a format costs: one batch of realistic alerts, encoded again and again on one thread into one buffer.
//
//   formats [PASSES]      a table; seconds drift with the machine, the columns of one run compare
//   formats 200 falco protobuf   one cell only, for callgrind
import AlertFormats
import AlertModel
import CAlertBatch
import CFalcoOutputs
import CJSONScan
import Glibc

let arguments = CommandLine.arguments
let passes = arguments.count > 1 ? Int(arguments[1]) ?? 200 : 200
let onlyFormat = arguments.count > 2 ? arguments[2] : nil
let onlyInput = arguments.count > 3 ? arguments[3] : nil

let inputs: [(name: String, entry: DecidedEntry)] = [
    ("protobuf", Alerts.entry(.protobuf)), ("wrapped", Alerts.entry(.wrapped)), ("json", Alerts.entry(.json)),
]
for input in inputs where onlyInput == nil || onlyInput == input.name {
    for kind in FormatKind.allCases where onlyFormat == nil || onlyFormat == kind.rawValue {
        measure(input.name, input.entry, kind.format())
    }
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
    let clock = ContinuousClock()
    var bytes = 0
    let elapsed = clock.measure {
        for _ in 0 ..< passes {
            buffer.removeAll()
            _ = format.append(outputsOf: entry, from: entry.firstOutput, limitBytes: .max, to: &buffer)
            bytes += buffer.count
        }
    }
    let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
    let records = Double(passes * entry.outputCount)
    let line = [
        input, format.name, "\(bytes / (passes * entry.outputCount)) B/record",
        "\((records / seconds / 1e4).rounded() / 100) M records/s", "\((Double(bytes) / seconds / 1e6).rounded()) MB/s",
        "\((seconds / records * 1e9).rounded()) ns",
    ]
    print(line.joined(separator: "\t"))
}
