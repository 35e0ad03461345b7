// SPDX-License-Identifier: Apache-2.0
//
// Many seeds of the deterministic simulation (Tests/Simulation), in release.
//
//   simulation-soak [N] [--from SEED]     seeds SEED … SEED + N − 1; 10,000 from 1
//   simulation-soak --seed SEED           one of them
import EngineSimulation
import Glibc

func number(after option: String) -> UInt64? {
    guard let place = CommandLine.arguments.firstIndex(of: option), place + 1 < CommandLine.arguments.count else {
        return nil
    }
    return UInt64(CommandLine.arguments[place + 1])
}

let only = number(after: "--seed")
let first = only ?? number(after: "--from") ?? 1
let count = only != nil ? 1 : CommandLine.arguments.dropFirst().first.flatMap(UInt64.init) ?? 10_000
var failed = 0
var alerts = 0
var restarts = 0
for seed in first ..< first + count {
    do throws(SimulationFailure) {
        let simulation = try Simulation.run(seed)
        alerts += simulation.journal.entries.reduce(0) { $0 + $1.alertCount }
        restarts += simulation.crashes
    } catch {
        failed += 1
        print(error)
    }
    if (seed - first + 1) % 500 == 0 { print("\(seed - first + 1) of \(count) seeds, \(failed) failed") }
}
print("\(alerts) alerts, \(restarts) restarts")
print("\(count - UInt64(failed)) seeds passed, \(failed) failed")
exit(failed == 0 ? 0 : 1)
