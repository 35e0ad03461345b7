// SPDX-License-Identifier: Apache-2.0

/// Every metric of Creance's, in the order of docs/metrics.md. A test holds the two equal.
///
/// Label values: `source` and `sink` are configured names, `reason` and `fate` words of `RejectReason` and `Fate`.
public enum MetricCatalogue {
    // Intake: received = journaled + dead letters + refused + under way.
    public static let received = MetricDescription(
        "creance_source_received_total", .counter, ["source", "type"],
        "Units (alerts and unreadable input) handed to the journal.")
    public static let receivedBytes = MetricDescription(
        "creance_source_received_bytes_total", .counter, ["source", "type"], "Raw bytes of the units received.")
    public static let journaled = MetricDescription(
        "creance_source_journaled_total", .counter, ["source", "type"], "Alerts stored in the journal.")
    public static let inputDeadLetters = MetricDescription(
        "creance_source_dead_letters_total", .counter, ["source", "type", "reason"],
        "Units that could not be read as an alert, stored as dead letters.")
    public static let refused = MetricDescription(
        "creance_source_refused_total", .counter, ["source", "type"],
        "Units answered 503 because the journal could not write; the sender knows.")
    public static let underWay = MetricDescription(
        "creance_source_under_way", .gauge, ["source", "type"], "Units received and not yet settled by the journal.")
    public static let gaps = MetricDescription(
        "creance_source_gaps_total", .counter, ["source", "type", "reason"],
        "Gap records: stretches in which alerts may have been lost before they reached Creance.")
    public static let reconnects = MetricDescription(
        "creance_source_reconnects_total", .counter, ["source", "type"], "Times the source connected again.")
    public static let sourceState = MetricDescription(
        "creance_source_state", .gauge, ["source", "type", "state"], "1 for the state the source is in.")

    // Fate: journaled = the sum over fates + not yet decided.
    public static let decided = MetricDescription(
        "creance_alerts_decided_total", .counter, ["fate"], "Alerts the engine has decided, by fate.")
    public static let undecided = MetricDescription(
        "creance_alerts_undecided", .gauge, [], "Alerts in the journal that the engine has not decided yet.")
    public static let batchAlerts = MetricDescription(
        "creance_batch_alerts", .histogram, [], "Alerts per batch stored.")
    public static let watermark = MetricDescription(
        "creance_watermark_seconds", .gauge, [], "Event time up to which the engine is complete, in seconds since 1970."
    )
    public static let late = MetricDescription(
        "creance_alerts_late_total", .counter, [], "Alerts whose event time lay behind the watermark when they came.")
    public static let skewed = MetricDescription(
        "creance_alerts_future_skewed_total", .counter, [],
        "Alerts whose event time lay too far ahead of their arrival, so that the arrival decides.")
    public static let arrivalTimed = MetricDescription(
        "creance_alerts_arrival_timed_total", .counter, [], "Alerts without a usable time of their own.")
    public static let latency = MetricDescription(
        "creance_arrival_to_decision_seconds", .histogram, [], "From a batch's arrival to the engine's decision on it.")

    // Sinks: routed = accepted + delivery dead letters + shed + waiting.
    public static let routed = MetricDescription(
        "creance_sink_routed_total", .counter, ["sink", "type"], "Outputs routed to the sink.")
    public static let accepted = MetricDescription(
        "creance_sink_accepted_total", .counter, ["sink", "type"], "Outputs the sink has accepted.")
    public static let deliveryDeadLetters = MetricDescription(
        "creance_sink_dead_letters_total", .counter, ["sink", "type"],
        "Outputs the sink has rejected, kept as dead letters.")
    public static let shed = MetricDescription(
        "creance_sink_shed_total", .counter, ["sink", "type", "priority"],
        "Outputs shed with a record because more waited than backlog allows; unknown: the journal could not give them back."
    )
    public static let waiting = MetricDescription(
        "creance_sink_waiting", .gauge, ["sink", "type"], "Outputs that wait for the sink.")
    public static let lag = MetricDescription(
        "creance_sink_lag_seconds", .gauge, ["sink", "type"], "Age of the oldest output that waits for the sink.")
    public static let sinkErrors = MetricDescription(
        "creance_sink_errors_total", .counter, ["sink", "type"], "Failed attempts to deliver that will be retried.")
    public static let sinkGivenUp = MetricDescription(
        "creance_sink_given_up_total", .counter, ["sink", "type"],
        "Batches that failed for longer than retry.give_up; their records are among the dead letters.")
    public static let sinkReplayed = MetricDescription(
        "creance_sink_replayed_total", .counter, ["sink", "type"],
        "Dead letters that the sink accepted when they were sent again.")
    public static let sinkState = MetricDescription(
        "creance_sink_state", .gauge, ["sink", "type", "state"],
        "1 for the state the sink is in: delivering, retrying or failed.")

    // The journal.
    public static let journalBytes = MetricDescription(
        "creance_journal_bytes", .gauge, [], "Size of the journal file and its write-ahead log.")
    public static let journalEntries = MetricDescription(
        "creance_journal_entries_total", .counter, [], "Entries written to the journal.")
    public static let commitSeconds = MetricDescription(
        "creance_journal_commit_seconds", .histogram, [], "Duration of a journal transaction.")
    public static let journalWritable = MetricDescription(
        "creance_journal_writable", .gauge, [], "1 while the journal can write, 0 while it cannot (disk full).")

    // Right or wrong.
    public static let conservationGap = MetricDescription(
        "creance_conservation_gap", .gauge, ["equation"],
        "What one side of a conservation equation (intake, fate, sink) exceeds the other by: 0 when right.")

    // The server's own.
    public static let requests = MetricDescription(
        "creance_http_requests_total", .counter, ["endpoint", "code"], "HTTP requests answered.")
    public static let cutRequests = MetricDescription(
        "creance_http_requests_cut_total", .counter, ["endpoint"],
        "HTTP requests that ended before their body did; nothing of them was stored and none was answered.")
    public static let answerSeconds = MetricDescription(
        "creance_http_ingest_seconds", .histogram, [], "From the end of an ingest request's body to its answer.")
    public static let streamSubscribers = MetricDescription(
        "creance_stream_subscribers", .gauge, [], "Subscribers of the live stream.")
    public static let streamLost = MetricDescription(
        "creance_stream_lost_total", .counter, [],
        "Outputs that a subscriber of the live stream was too slow for, counted for each.")
    public static let connections = MetricDescription("creance_http_connections", .gauge, [], "Open HTTP connections.")
    public static let closedConnections = MetricDescription(
        "creance_http_connections_closed_total", .counter, ["reason"],
        "HTTP connections that ended because a body or an answer took too long, or HTTP or TLS was not spoken.")

    // The process.
    public static let buildInfo = MetricDescription(
        "creance_build_info", .gauge, ["version", "swift"], "1; the labels say what was built.")
    public static let startTime = MetricDescription(
        "creance_process_start_time_seconds", .gauge, [], "When the process started, in seconds since 1970.")
    public static let residentMemory = MetricDescription(
        "creance_process_resident_memory_bytes", .gauge, [], "Memory of the process that is in RAM.")
    public static let processorTime = MetricDescription(
        "creance_process_cpu_seconds_total", .counter, [], "User and system CPU time of the process.")

    public static let all =
        [
            received, receivedBytes, journaled, inputDeadLetters, refused, underWay, gaps, reconnects, sourceState,
            decided, undecided, batchAlerts, watermark, late, skewed, arrivalTimed, latency,
        ] + engine + sinks + sinkKinds + behindTheSinks

    private static let sinks = [
        routed, accepted, deliveryDeadLetters, shed, waiting, lag, sinkErrors, sinkGivenUp, sinkReplayed, sinkState,
    ]

    private static let behindTheSinks = [
        journalBytes, journalEntries, commitSeconds, journalWritable,
        conservationGap,
        requests, cutRequests, answerSeconds, connections, closedConnections, streamSubscribers, streamLost,
        buildInfo, startTime, residentMemory, processorTime,
    ]
}
