// SPDX-License-Identifier: Apache-2.0
import EngineSimulation
import Foundation
import Testing

@Suite struct SimulationTests {
    /// `SEED=17 swift test --filter SimulationTests` runs one seed again.
    static let seeds: [UInt64] =
        ProcessInfo.processInfo.environment["SEED"].flatMap(UInt64.init).map { [$0] } ?? Array(1 ... 200)

    @Test func `killed and restarted at random, the engine decides as if nothing had happened`() {
        var failures: [SimulationFailure] = []
        for seed in Self.seeds {
            do throws(SimulationFailure) { _ = try Simulation.run(seed) } catch { failures.append(error) }
        }
        #expect(failures.isEmpty, "\(failures.map(\.description).joined(separator: "\n"))")
    }

    @Test func `another order of arrival within the allowed lateness makes no difference once time has passed`() {
        var failures: [SimulationFailure] = []
        for seed in Self.seeds {
            do throws(SimulationFailure) { try Shuffle.run(seed) } catch { failures.append(error) }
        }
        #expect(failures.isEmpty, "\(failures.map(\.description).joined(separator: "\n"))")
    }
}
