// SPDX-License-Identifier: Apache-2.0
import EngineSimulation
import Foundation
import Testing

@Suite struct SimulationTests {
    /// `SEED=17 STEPS=25 swift test --filter SimulationTests` runs one seed again.
    static let seeds: [UInt64] = number("SEED").map { [UInt64($0)] } ?? Array(1 ... 200)
    static let steps = number("STEPS") ?? 25

    private static func number(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap(Int.init) }

    @Test func `killed and restarted at random, the engine decides as if nothing had happened`() {
        var failures: [SimulationFailure] = []
        for seed in Self.seeds {
            do throws(SimulationFailure) { _ = try Simulation.run(seed, steps: Self.steps) } catch {
                failures.append(error)
            }
        }
        #expect(failures.isEmpty, "\(failures.map(\.description).joined(separator: "\n"))")
    }

    @Test func `another order of arrival within the allowed lateness makes no difference once time has passed`() {
        var failures: [SimulationFailure] = []
        var compared = 0
        for seed in Self.seeds {
            do throws(SimulationFailure) { compared += try Shuffle.run(seed, count: 60) } catch {
                failures.append(error)
            }
        }
        #expect(failures.isEmpty, "\(failures.map(\.description).joined(separator: "\n"))")
        #expect(compared > 0)
    }
}
