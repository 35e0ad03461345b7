// SPDX-License-Identifier: Apache-2.0

/// What sinks of one kind count beyond what every lane counts of its sink. Only grows.
public enum SinkCount: CaseIterable, Sendable {
    // file
    case rotations, packed, removed, rotationFailures
    case recognised, completedLines, foreignLines
    // syslog
    case connections, broken, resent, shortened, lost
    // falco_grpc
    case dropped
}

/// A sink's own counters. Written by its lane, read by anyone, also when the sink is gone.
public protocol SinkTally: AnyObject, Sendable {
    /// Always the same ones, from 0 on.
    var counts: [(count: SinkCount, value: Int)] { get }
}
