// SPDX-License-Identifier: Apache-2.0
public import ConfigTree

extension FileSourceSettings {
    public init(_ section: inout ConfigSection) {
        let path = section.required(
            "path", .path, standIn: "", example: "/var/log/falco/alerts.json",
            help: "JSON lines, .pb (length-delimited responses of Falco's gRPC), or either with .gz or .zst behind it.")
        let follow = section.optional(
            "follow", .bool, whenAbsent: "true; false for .pb, .gz and .zst",
            help: "Wait for more at the end, through both kinds of rotation. The place is kept in the journal.")
        let receiveLimit = section.size(
            "receive_limit", default: 64 << 20, in: 4 << 10 ... 256 << 20,
            help: "The longest line or message. A longer one becomes a dead letter.")
        let from = section.choice(
            "from", default: FirstPlace.start,
            help: "Where the first run begins in a followed file that is there already.")
        self.init(path: path, follow: follow ?? Self.canFollow(path), receiveLimitBytes: receiveLimit, from: from)
        if section.has("from"), !self.follow {
            section.report(.error, "from", "has no meaning without follow: such a file is read whole")
        }
        if follow == true, !Self.canFollow(path) {
            section.report(.error, "follow", "cannot be true for a .pb, .gz or .zst file")
        }
    }
}
