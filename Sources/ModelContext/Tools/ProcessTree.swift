// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// Processes by what alerts tell of them, each under its parent. Pure.
///
/// A process is its pid; where only the name of an ancestor is known, it is its distance above a pid. Names and command
/// lines are those of the alert nearest to the one asked for.
struct ProcessTree {
    /// Processes kept; what comes beyond is counted in no tree.
    static let limit = 2_000

    struct Alerted {
        let id: RecordID
        let time: EventTime
        let priority: Priority
        let rule: String
    }

    struct Process {
        var pid: Int64?
        var ppid: Int64?
        /// The process of the alert asked for.
        var isAsked = false
        var alerts: [Alerted] = []
        fileprivate var known = ProcessSighting.Ancestor()
        fileprivate var user: String?
        fileprivate var parent: Key?

        /// What workloads call themselves.
        var texts: [(name: String, text: String)] {
            [
                ("name", known.name), ("exepath", known.path), ("cmdline", known.commandLine), ("user", user),
            ].compactMap { name, text in text.map { (name, $0) } }
        }
    }

    struct Row {
        let process: Process
        let depth: Int
    }

    fileprivate enum Key: Hashable {
        case pid(Int64)
        /// The `above`-th ancestor of a pid, itself without one.
        case unnamed(of: Int64, above: Int)
        /// The process of an alert that tells no pid.
        case alert(RecordID)
    }

    private var processes: [Key: Process] = [:]
    /// In order of their first mention: the alert asked for and its ancestors come first.
    private var order: [Key] = []

    var count: Int { order.count }

    init(_ found: ProcessSightings) {
        for (index, sighting) in found.sightings.enumerated() { add(sighting, isAsked: index == 0) }
        cutCircles()
    }

    private mutating func add(_ sighting: ProcessSighting, isAsked: Bool) {
        // An alert without process fields, such as one of an audit log, has no place in a tree.
        guard isAsked || sighting.pid != nil || sighting.own.name != nil else { return }
        let own = sighting.pid.map { Key.pid($0) } ?? .alert(sighting.id)
        let alerted = Alerted(id: sighting.id, time: sighting.time, priority: sighting.priority, rule: sighting.rule)
        change(own) { process in
            process.pid = sighting.pid
            process.ppid = process.ppid ?? sighting.ppid
            process.user = process.user ?? sighting.user
            if isAsked { process.isAsked = true }
            process.alerts.append(alerted)
            process.learn(sighting.own)
        }
        var child = own
        for (above, ancestor) in sighting.ancestors.enumerated() {
            let key: Key
            if let pid = ancestor.pid {
                key = .pid(pid)
            } else if let known = processes[child]?.parent {
                // Another alert said more of it.
                child = known
                continue
            } else if case .pid(let pid) = own, ancestor.name != nil {
                key = .unnamed(of: pid, above: above)
            } else {
                break
            }
            guard key != child else { break }
            change(key) { process in
                process.pid = ancestor.pid
                process.learn(ancestor)
            }
            // What is known by its pid is better than a name alone.
            if processes[child]?.parent == nil || ancestor.pid != nil { processes[child]?.parent = key }
            if processes[child]?.ppid == nil { processes[child]?.ppid = ancestor.pid }
            child = key
        }
    }

    private mutating func change(_ key: Key, _ change: (inout Process) -> Void) {
        if processes[key] == nil {
            guard processes.count < Self.limit else { return }
            processes[key] = Process()
            order.append(key)
        }
        if var process = processes[key] {
            change(&process)
            processes[key] = process
        }
    }

    /// A pid that came again as its own ancestor's: the later parent is forgotten.
    private mutating func cutCircles() {
        for start in order {
            var seen: Set<Key> = [start]
            var here = start
            while let parent = processes[here]?.parent {
                if processes[parent] == nil || !seen.insert(parent).inserted {
                    processes[here]?.parent = nil
                    break
                }
                here = parent
            }
        }
    }

    /// Parents before their children, the tree of the alert asked for first, at most `limit`: its lineage, then what hangs
    /// on it, then the rest in order of mention.
    func rows(_ limit: Int) -> [Row] {
        var kept: Set<Key> = []
        for key in order {
            // With its ancestors or not at all, so that every row's parent is there.
            var chain: [Key] = []
            var here: Key? = key
            while let one = here, !kept.contains(one) {
                chain.append(one)
                here = processes[one]?.parent
            }
            guard kept.count + chain.count <= limit else { continue }
            kept.formUnion(chain)
        }
        var children: [Key: [Key]] = [:]
        var roots: [Key] = []
        for key in order where kept.contains(key) {
            if let parent = processes[key]?.parent {
                children[parent, default: []].append(key)
            } else {
                roots.append(key)
            }
        }
        var rows: [Row] = []
        var stack = roots.reversed().map { ($0, 0) }
        while let (key, depth) = stack.popLast() {
            guard let process = processes[key] else { continue }
            rows.append(Row(process: process, depth: depth))
            for child in (children[key] ?? []).reversed() { stack.append((child, depth + 1)) }
        }
        return rows
    }
}

extension ProcessTree.Process {
    /// What was known before stays: nearer alerts come first.
    fileprivate mutating func learn(_ other: ProcessSighting.Ancestor) {
        known.name = known.name ?? other.name
        known.path = known.path ?? other.path
        known.commandLine = known.commandLine ?? other.commandLine
    }
}
