// SPDX-License-Identifier: Apache-2.0

/// The revisions of the Model Context Protocol that are spoken here, oldest first.
public enum ProtocolRevision: String, Sendable, CaseIterable, Comparable {
    case november2024 = "2024-11-05"
    case march2025 = "2025-03-26"
    case june2025 = "2025-06-18"
    case november2025 = "2025-11-25"
    case july2026 = "2026-07-28"

    /// Revisions without a handshake: every request says which one it is written in.
    public static let modern: [ProtocolRevision] = [.july2026]
    /// What `initialize` is answered with when it asks for something unknown, or for a modern revision.
    public static let newestLegacy = ProtocolRevision.november2025

    public var isModern: Bool { self >= .july2026 }
    /// Only one revision ever had JSON-RPC batches.
    public var hasBatches: Bool { self == .march2025 }
    /// Titles, output schemas and structured results came together.
    public var hasStructuredContent: Bool { self >= .june2025 }
    /// Tool annotations, messages in progress notifications, and completion as a declared capability.
    public var hasAnnotations: Bool { self >= .march2025 }

    private var age: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    public static func < (left: ProtocolRevision, right: ProtocolRevision) -> Bool { left.age < right.age }
}
