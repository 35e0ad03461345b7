// SPDX-License-Identifier: Apache-2.0
import ConfigTree
import Foundation
import Logging
import Pipeline

// The pipeline of a configuration without the server, for valgrind, which cannot run a process whose main thread becomes
// Dispatch's. Runs until the end of standard input, drains and ends.
//
//     pipeline-process CONFIGURATION

let outcome = ConfigurationFile.check(CommandLine.arguments.dropFirst().first)
guard let configuration = outcome.value else { fatalError("\(outcome.problems)") }
let log = Logger(label: "pipeline") { StreamLogHandler.standardError(label: $0) }
let machine = Surroundings(isRoot: false, environment: [:], hasFalcoSocket: false)
let pipeline = try Pipeline.build(configuration, PipelineSurroundings(machine: machine, log: log))
pipeline.start()
while readLine() != nil {}
exit(pipeline.stop(within: .seconds(300)) ? 0 : 1)
