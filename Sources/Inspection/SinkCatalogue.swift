// SPDX-License-Identifier: Apache-2.0

/// What sinks of one kind count beyond what is counted of every sink: a sink has those of its kind.
extension MetricCatalogue {
    private static func own(_ name: String, _ help: String) -> MetricDescription {
        MetricDescription("creance_sink_\(name)_total", .counter, ["sink", "type"], help)
    }

    public static let fileRotations = own("file_rotations", "Files that the sink itself rotated away.")
    public static let filePacked = own("file_packed", "Rotated files that were packed.")
    public static let fileRemoved = own("file_removed", "Rotated files that were removed for their number or age.")
    public static let fileRotationFailures = own(
        "file_rotation_failures", "Attempts to rename, pack or remove a file that failed.")
    public static let fileRecognised = own(
        "file_recognised", "Records that the file was found to hold already after a crash.")
    public static let fileCompletedLines = own(
        "file_completed_lines", "Lines that were found half written, and were completed.")
    public static let fileForeignLines = own(
        "file_foreign_lines", "Lines of somebody else's, found where records of Creance's were looked for.")
    public static let syslogConnections = own("syslog_connections", "Connections made.")
    public static let syslogBroken = own(
        "syslog_connections_broken", "Connections that ended without Creance's wanting it.")
    public static let syslogResent = own(
        "syslog_resent", "Messages sent a second time, because a connection may have swallowed them.")
    public static let syslogShortened = own("syslog_shortened", "UDP: messages cut at max_message.")
    public static let syslogLost = own(
        "syslog_lost", "UDP: messages of which the kernel said later that nobody took them.")
    public static let falcoGrpcDropped = own(
        "falco_grpc_dropped", "Alerts that fell out of a slow subscriber's backlog, counted for each subscriber.")

    static let sinkKinds = [
        fileRotations, filePacked, fileRemoved, fileRotationFailures, fileRecognised, fileCompletedLines,
        fileForeignLines,
        syslogConnections, syslogBroken, syslogResent, syslogShortened, syslogLost,
        falcoGrpcDropped,
    ]
}
