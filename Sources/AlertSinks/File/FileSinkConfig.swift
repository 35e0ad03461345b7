// SPDX-License-Identifier: Apache-2.0
import AlertFormats
public import ConfigTree

extension FileSinkSettings {
    public init(_ section: inout ConfigSection) {
        let path = section.required(
            "path", .path, standIn: "", example: "/var/log/creance/alerts.json",
            help: "Appended to; opened again on SIGHUP and SIGUSR1, for logrotate. One process writes it.")
        let format = section.choice(
            "format", default: FormatKind.falco, among: FormatKind.lines, later: FormatKind.later,
            help:
                "falco: what Falco's file_output would hold. creance: with ids, groups and enrichment. The others: for SIEMs."
        )
        let sync = section.choice(
            "fsync", default: Sync.never,
            help:
                "batch: each batch is on the disk before the next. never: the kernel decides; survives kill -9, not power loss."
        )
        let delivery = DeliveryKeys(&section, default: .local)
        let rotation = section.optionalSection(
            "rotate", help: "When the sink begins a new file by itself; without it only logrotate does.",
            RotationSettings.init)
        self.init(
            path: path, format: format, sync: sync, batch: delivery.batch, retry: delivery.retry,
            backlog: delivery.backlog, rotation: rotation)
    }
}
