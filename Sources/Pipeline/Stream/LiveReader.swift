// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel
import Foundation
import Journal

/// Turns what one subscriber gets into server-sent events (HTML Living Standard, 9.2).
///
/// Behind a place it reads the journal until it has caught up, and then takes what is published.
public actor LiveReader {
    private let subscription: LiveSubscription
    private let request: StreamRequest
    private let stream: LiveStream
    private var heartbeat: Task<Void, Never>?
    /// Outputs that are to be read from the journal, from this number on; nil: the stream is live.
    private var next: Int64?
    private var waiting: [(entry: DecidedEntry, output: Int64)] = []
    private var hasBegun = false
    /// Journals are read on a thread that may wait.
    private static let journal = DispatchQueue(label: "live stream: journal")
    private static let chunkBytes = 64 << 10

    init(_ subscription: LiveSubscription, _ request: StreamRequest, of stream: LiveStream) {
        self.subscription = subscription
        self.request = request
        self.stream = stream
        next = request.after.map { $0.output + 1 }
    }

    /// The client has gone: everything that is kept for it goes at once. Any thread.
    public nonisolated func end() {
        stream.leave(subscription.id)
        subscription.end()
    }

    /// The next bytes to be written; nil at the end.
    public func read() async -> [UInt8]? {
        guard hasBegun else {
            hasBegun = true
            startHeartbeat()
            // The client sees at once that it is there, and tries again soon when it is cut off.
            return Array("retry: 2000\n: creance\n\n".utf8)
        }
        while true {
            if !waiting.isEmpty {
                if let bytes = render() { return bytes }
                continue
            }
            if let output = next {
                if let bytes = await catchUp(from: output) { return bytes }
                continue
            }
            switch await subscription.next() {
            case .entry(let entry, let output): waiting = [(entry, output)]
            case .lost(let count): return Self.lost(count, "backlog")
            case .heartbeat: return Array(": \n\n".utf8)
            case .end:
                heartbeat?.cancel()
                end()
                return nil
            }
        }
    }

    private func startHeartbeat() {
        heartbeat = Task { [subscription, pause = stream.limits.heartbeat] in
            while (try? await Task.sleep(for: pause)) != nil, !subscription.hasEnded { subscription.beat() }
        }
    }

    /// Reads a page of the journal. Bytes only where something has to be said about it.
    private func catchUp(from output: Int64) async -> [UInt8]? {
        if subscription.hasEnded {
            next = nil
            return nil
        }
        let isFirst = request.after?.output == output - 1
        let page = await withCheckedContinuation { continuation in
            // The place itself is read, too: it says whether it is the one that was seen.
            Self.journal.async { [stream] in
                continuation.resume(returning: try? stream.readJournal(isFirst ? output - 1 : output))
            }
        }
        guard let page else { return goLive(lost: max(0, stream.endOutput - output), "journal") }
        if isFirst, let place = request.after, let first = page.entries.first, first.firstOutput <= place.output,
            first.epoch != place.epoch
        {
            return goLive(lost: nil, "unknown_place")
        }
        if isFirst, output > stream.endOutput { return goLive(lost: nil, "unknown_place") }
        guard !page.isEmpty, page.nextOutput > output else {
            if stream.goLive(subscription, at: output) { next = nil }
            // Otherwise more came meanwhile, or what should be there is gone.
            return page.isEmpty && next != nil ? goLive(lost: max(0, stream.endOutput - output), "journal") : nil
        }
        waiting = page.entries.map { ($0, output) }
        next = page.nextOutput
        let begin = page.entries.first.map { max(0, $0.firstOutput - output) } ?? page.nextOutput - output
        return begin > 0 ? Self.lost(Int(begin), "journal") : nil
    }

    /// What was missed cannot be had any more.
    private func goLive(lost count: Int64?, _ reason: String) -> [UInt8]? {
        next = nil
        subscription.goLive()
        return count == 0 ? nil : Self.lost(count.map { Int($0) }, reason)
    }

    /// Some of what waits, as events; nil when none of it is wanted.
    private func render() -> [UInt8]? {
        var line = OutputBuffer(capacity: 4 << 10)
        var events: [UInt8] = []
        while let (entry, from) = waiting.first {
            var number = entry.firstOutput
            for output in OutputWalk(entry) {
                defer { number += 1 }
                guard number >= from, request.wants(output, of: entry) else { continue }
                line.removeAll()
                request.format.append(output, of: entry, to: &line)
                Self.append(
                    line.bytes, Self.kind(output, entry), StreamPlace(epoch: entry.epoch, output: number), to: &events)
                if events.count >= Self.chunkBytes {
                    waiting[0].output = number + 1
                    return events
                }
            }
            waiting.removeFirst()
        }
        return events.isEmpty ? nil : events
    }

    private static func kind(_ output: EntryOutput, _ entry: DecidedEntry) -> String {
        switch output {
        case .alert: return "alert"
        case .gap: return "gap"
        case .record(let index):
            switch entry.notes.records[index].record {
            case .summary: return "summary"
            case .incident: return "incident"
            case .storm: return "storm"
            }
        }
    }

    /// One event. A format's line has no line end inside; should it have one, each piece is data of the same event.
    private static func append(_ line: Span<UInt8>, _ kind: String, _ place: StreamPlace, to events: inout [UInt8]) {
        let epoch = String(place.epoch, radix: 16)
        let zeros = String(repeating: "0", count: 16 - epoch.count)
        events += "id: \(zeros)\(epoch).\(place.output)\nevent: \(kind)\ndata: ".utf8
        var end = line.count
        while end > 0, line[end - 1] == 0x0A || line[end - 1] == 0x0D { end -= 1 }
        for place in 0 ..< end {
            if line[place] == 0x0A || line[place] == 0x0D {
                events += "\ndata: ".utf8
            } else {
                events.append(line[place])
            }
        }
        events += "\n\n".utf8
    }

    private static func lost(_ count: Int?, _ reason: String) -> [UInt8] {
        Array("event: lost\ndata: {\"count\":\(count.map(String.init) ?? "null"),\"reason\":\"\(reason)\"}\n\n".utf8)
    }
}
