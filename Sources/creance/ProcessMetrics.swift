// SPDX-License-Identifier: Apache-2.0
import Foundation
import Inspection

/// The process in numbers, from /proc and clock(3).
enum ProcessMetrics {
    /// Set by the root command, before anything else runs.
    static let started = Date().timeIntervalSince1970

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

    /// clock(3) counts microseconds on Linux (CLOCKS_PER_SEC, fixed by POSIX).
    private static var processorSeconds: Double { Double(clock()) / 1_000_000 }
}
