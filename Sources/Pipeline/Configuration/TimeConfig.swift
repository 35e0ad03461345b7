// SPDX-License-Identifier: Apache-2.0
public import AlertEngine
public import ConfigTree

extension TimeSettings {
    /// The `time` section.
    public init(_ section: inout ConfigSection) {
        self.init()
        allowedLateness = section.duration(
            "allowed_lateness", default: allowedLateness, in: .zero ... .seconds(3_600),
            help: "How far an alert may arrive behind later ones of its stream and still be in order.")
        futureSkew = section.duration(
            "future_skew", default: futureSkew, in: .zero ... .seconds(86_400),
            help: "How far an alert's time may lie ahead of its arrival before the arrival decides instead.")
        idleTimeout = section.duration(
            "idle_timeout", default: idleTimeout, in: .milliseconds(100) ... .seconds(3_600),
            help: "A stream silent for longer does not hold the others back.")
    }
}
