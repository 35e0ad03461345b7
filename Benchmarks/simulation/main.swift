// SPDX-License-Identifier: Apache-2.0
//
// Many seeds of the deterministic simulation (Tests/Simulation), in release.
//
//   simulation-soak [N] [--from SEED]     seeds SEED … SEED + N − 1; 10,000 from 1
//   simulation-soak --seed SEED [--steps STEPS]   one of them
//   simulation-soak --attacks             a flood of ten million keys, a group of a million alerts
import EngineSimulation
import Glibc

func number(after option: String) -> UInt64? {
    guard let place = CommandLine.arguments.firstIndex(of: option), place + 1 < CommandLine.arguments.count else {
        return nil
    }
    return UInt64(CommandLine.arguments[place + 1])
}

/// Line by line, also into a file: a soak takes minutes.
func say(_ line: String) {
    print(line)
    fflush(nil)
}

func attack() throws -> Bool {
    var isSound = true
    func expect(_ holds: Bool, _ what: String) {
        if !holds {
            isSound = false
            say("FAILED: \(what)")
        }
    }
    for place in Attacks.FloodPlace.allCases {
        let flood = try Attacks.flood(10_000_000, place, budget: 64 << 20)
        say(
            "ten million one-hit keys \(place): chain fired \(flood.victimFired), marked \(flood.isMarked), "
                + "\(flood.evictions) evictions, \(flood.largestByteCount) of \(flood.budget) bytes, "
                + "\(flood.bystandersFired) of \(flood.bystanders) that look like it fired")
        expect(flood.largestByteCount <= flood.budget, "memory")
        expect(flood.total == 10_000_003 + 2 * flood.bystanders, "every alert has a fate")
        expect(flood.victimFired && flood.isMarked, "the slow chain fires and is marked")
        expect(flood.bystandersUnmarked == 0, "what fires without its first step is marked")
    }
    let giant = try Attacks.giant(1_000_000, timesPerGroup: 262_144)
    say(
        "a million alerts of one key: \(giant.passed) passed, \(giant.suppressed) suppressed, incident of "
            + "\(giant.incident?.value ?? 0), approximate \(giant.incident?.isApproximate ?? false)")
    expect(giant.summary?.total == 1_000_000 && giant.suppressed == 999_999, "the summary has every alert")
    // While an incident is open its total only grows: exact, as long as the times that still matter fit the cap.
    let isExact = giant.incident?.value == 1_000_000
    expect(isExact || giant.incident?.isApproximate == true, "a count is exact, or says that it is not")
    return isSound
}

if CommandLine.arguments.contains("--attacks") { exit(try attack() ? 0 : 1) }
let only = number(after: "--seed")
let first = only ?? number(after: "--from") ?? 1
let count = only != nil ? 1 : CommandLine.arguments.dropFirst().first.flatMap(UInt64.init) ?? 10_000
var failed = 0
var alerts = 0
var restarts = 0
for seed in first ..< first + count {
    do throws(SimulationFailure) {
        let simulation = try Simulation.run(seed, steps: Int(number(after: "--steps") ?? 60))
        try Shuffle.run(seed)
        alerts += simulation.journal.entries.reduce(0) { $0 + $1.alertCount }
        restarts += simulation.crashes
    } catch {
        failed += 1
        say("\(error)")
    }
    if (seed - first + 1) % 500 == 0 { say("\(seed - first + 1) of \(count) seeds, \(failed) failed") }
}
say("\(alerts) alerts, \(restarts) restarts")
say("\(count - UInt64(failed)) seeds passed, \(failed) failed")
exit(failed == 0 ? 0 : 1)
