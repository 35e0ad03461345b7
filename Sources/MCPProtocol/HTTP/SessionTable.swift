// SPDX-License-Identifier: Apache-2.0

/// The name of a legacy session: 128 random bits, 32 hexadecimal digits on the wire.
public struct SessionID: Sendable, Hashable, CustomStringConvertible {
    private let high: UInt64
    private let low: UInt64

    /// - Parameter random: of the system's generator.
    public init(_ random: inout some RandomNumberGenerator) {
        high = random.next()
        low = random.next()
    }

    /// What a client sends back; nil if it is none of ours.
    public init?(_ text: String) {
        var halves: (UInt64, UInt64) = (0, 0)
        guard text.utf8.count == 32 else { return nil }
        for (place, byte) in text.utf8.enumerated() {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0") ... UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a") ... UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            default: return nil
            }
            if place < 16 { halves.0 = halves.0 << 4 | UInt64(digit) } else { halves.1 = halves.1 << 4 | UInt64(digit) }
        }
        (high, low) = halves
    }

    public var description: String {
        String(decoding: [high, low].flatMap(Self.digits), as: UTF8.self)
    }

    private static func digits(_ half: UInt64) -> [UInt8] {
        (0 ..< 16).map { place in
            let digit = UInt8(truncatingIfNeeded: half >> UInt64(60 - 4 * place) & 0xF)
            return digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        }
    }
}

/// The legacy sessions that live: each belongs to one principal and ends when it is idle for long. Pure; times are counted
/// from any fixed instant.
public struct SessionTable<Principal: Hashable & Sendable, Value: Sendable>: Sendable {
    public struct Limits: Sendable {
        /// All sessions.
        public var total = 256
        /// Those of one principal; a new one then takes the place of its idlest.
        public var perPrincipal = 32
        /// A session nobody used for so long ends.
        public var idle: Duration = .seconds(1800)

        public init() {}
    }

    private struct Session: Sendable {
        let principal: Principal
        let value: Value
        var lastUse: Duration
    }

    private let limits: Limits
    private var sessions: [SessionID: Session] = [:]

    public init(limits: Limits = Limits()) { self.limits = limits }

    public var count: Int { sessions.count }
    public var values: [Value] { sessions.values.map(\.value) }

    /// - Returns: the sessions that had to go for it; nil: there is no room.
    public mutating func add(_ id: SessionID, _ value: Value, of principal: Principal, at now: Duration) -> [Value]? {
        var gone = removeIdle(at: now)
        let own = sessions.filter { $0.value.principal == principal }
        if own.count >= limits.perPrincipal, let idlest = own.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            sessions[idlest.key] = nil
            gone.append(idlest.value.value)
        }
        guard sessions.count < limits.total else { return nil }
        sessions[id] = Session(principal: principal, value: value, lastUse: now)
        return gone
    }

    /// Nil: unknown, idle for too long, or somebody else's; which of these is not told.
    public mutating func use(_ text: String, by principal: Principal, at now: Duration) -> Value? {
        guard let id = SessionID(text), let session = sessions[id], session.principal == principal,
            now - session.lastUse <= limits.idle
        else { return nil }
        sessions[id]?.lastUse = now
        return session.value
    }

    public mutating func remove(_ text: String, of principal: Principal) -> Value? {
        guard let id = SessionID(text), sessions[id]?.principal == principal else { return nil }
        return sessions.removeValue(forKey: id)?.value
    }

    /// Takes out what nobody used for too long.
    public mutating func removeIdle(at now: Duration) -> [Value] {
        let idle = sessions.filter { now - $0.value.lastUse > limits.idle }
        for id in idle.keys { sessions[id] = nil }
        return idle.values.map(\.value)
    }

    /// Takes out all.
    public mutating func removeAll() -> [Value] {
        defer { sessions = [:] }
        return values
    }
}
