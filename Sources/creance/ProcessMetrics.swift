// SPDX-License-Identifier: Apache-2.0
import Foundation
import Inspection

/// The process in numbers, from /proc and getrusage.
enum ProcessMetrics {
    private static let started = Date().timeIntervalSince1970

    static var now: [MetricFamily] {
        [
            MetricCatalogue.buildInfo.samples([MetricSample([BuildVersion.text, swiftVersion], .integer(1))]),
            MetricCatalogue.startTime.sample(.number(started)),
            MetricCatalogue.residentMemory.sample(.integer(residentBytes)),
            MetricCatalogue.processorTime.sample(.number(processorSeconds)),
        ]
    }

    private static var swiftVersion: String {
        #if swift(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }

    /// The second number of /proc/self/statm, in pages; 0 where there is no such file.
    private static var residentBytes: Int {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
        let fields = text.split(separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
    }

    private static var processorSeconds: Double {
        var usage = rusage()
        getrusage(RUSAGE_SELF, &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) * 1e-6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
}
