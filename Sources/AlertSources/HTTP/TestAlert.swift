// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// The alert that `/test` injects, as falcosidekick does: to see that the way to every sink is open.
public enum TestAlert {
    public static let rule = "Test rule"

    /// One JSON object as Falco would write it. `hostname` is text of this machine's.
    public static func json(at time: EventTime, hostname: String) -> [UInt8] {
        let host = hostname.unicodeScalars.filter { $0 != "\"" && $0 != "\\" && $0.value >= 0x20 }
        let clock = String(decoding: time.rfc3339[11 ..< 29], as: UTF8.self)
        let text =
            #"{"hostname":"\#(String(String.UnicodeScalarView(host)))","#
            + #""output":"\#(clock): Debug This is a test from creance (user=creance command=creance)","#
            + #""output_fields":{"evt.time":\#(time.nanoseconds),"proc.cmdline":"creance","user.name":"creance"},"#
            + #""priority":"Debug","rule":"\#(rule)","source":"syscall","tags":["example","test"],"#
            + #""time":"\#(time)"}"#
        return Array(text.utf8)
    }
}
