// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

/// Every Swift target: Swift 6 mode (strict concurrency), strict memory safety, no warning survives.
let strict: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableExperimentalFeature("Lifetimes"),
]

let package = Package(
    name: "creance",
    products: [.executable(name: "creance", targets: ["creance"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", exact: "5.7.1"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2", traits: []),
    ],
    targets: [
        // C and C++: one door each.
        .target(name: "CAlertBatch", exclude: ["generate-fields.py", "falco_fields.inc"]),
        .target(
            name: "CFalcoOutputs", dependencies: ["CAlertBatch"],
            cSettings: [.headerSearchPath("generated")],
            linkerSettings: [
                .linkedLibrary("grpc"), .linkedLibrary("gpr"), .linkedLibrary("protobuf-c"), .linkedLibrary("ssl"),
                .linkedLibrary("crypto"),
            ]),
        .target(
            name: "CConnection", linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),
        .target(name: "CJSONScan", dependencies: ["CAlertBatch"], linkerSettings: [.linkedLibrary("simdjson")]),
        .target(name: "CRegex", linkerSettings: [.linkedLibrary("re2")]),
        .target(name: "CKafka", linkerSettings: [.linkedLibrary("rdkafka")]),
        .target(name: "CWait"),
        .target(name: "CDigest", linkerSettings: [.linkedLibrary("crypto")]),
        .systemLibrary(name: "CMaxMindDB", providers: [.apt(["libmaxminddb-dev"])]),
        .systemLibrary(name: "CCompression", providers: [.apt(["libzstd-dev", "zlib1g-dev"])]),

        // The nouns and what moves them.
        .target(name: "AlertModel", dependencies: ["CAlertBatch", "CDigest"], swiftSettings: strict),
        .target(name: "Matching", dependencies: ["AlertModel", "CRegex"], swiftSettings: strict),
        .target(name: "LockFree", dependencies: ["CWait"], swiftSettings: strict),
        .target(
            name: "ConfigTree", dependencies: [.product(name: "Yams", package: "Yams")], swiftSettings: strict),
        .target(
            name: "PositionedYAML", dependencies: [.product(name: "Yams", package: "Yams")], swiftSettings: strict),

        .target(name: "Inspection", swiftSettings: strict),
        .target(name: "MCPProtocol", swiftSettings: strict),
        .target(name: "MCPServing", dependencies: ["MCPProtocol"], swiftSettings: strict),
        .target(name: "HostileText", dependencies: ["AlertModel", "CDigest"], swiftSettings: strict),

        // The way of an alert.
        .target(
            name: "AlertSources",
            dependencies: [
                "AlertModel", "LockFree", "ConfigTree", "CAlertBatch", "CFalcoOutputs", "CJSONScan", "CCompression",
            ],
            swiftSettings: strict),
        .target(
            name: "Journal",
            dependencies: [
                "AlertModel", "CAlertBatch", "CCompression", .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
        .target(
            name: "FalcoRules", dependencies: ["AlertModel", "HostileText", "Matching", "PositionedYAML"],
            swiftSettings: strict),
        .target(
            name: "SigmaRules",
            dependencies: ["AlertModel", "HostileText", "Matching", .product(name: "Yams", package: "Yams")],
            swiftSettings: strict),
        .target(
            name: "AlertEngine", dependencies: ["AlertModel", "FalcoRules", "Matching", "SigmaRules", "CAlertBatch"],
            swiftSettings: strict),
        .target(name: "BuiltinRules", resources: [.embedInCode("Rules")], swiftSettings: strict),
        .target(
            name: "Enrichment", dependencies: ["AlertModel", "AlertEngine", "CDigest", "CMaxMindDB"],
            swiftSettings: strict),
        .target(name: "AlertFormats", dependencies: ["AlertModel", "CAlertBatch"], swiftSettings: strict),
        .target(name: "Reports", dependencies: ["AlertModel"], swiftSettings: strict),
        .target(
            name: "Explanation", dependencies: ["AlertFormats", "AlertModel", "Journal", "SigmaRules"],
            swiftSettings: strict),
        .target(
            name: "AlertSinks",
            dependencies: [
                "AlertModel", "AlertFormats", "CCompression", "CConnection", "CFalcoOutputs", "CKafka", "ConfigTree",
                "LockFree",
            ],
            swiftSettings: strict),
        .target(
            name: "HTTPExchange",
            dependencies: [
                "AlertSinks", "CCompression", "LockFree",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: strict),
        .target(
            name: "FalcoProcess",
            dependencies: ["FalcoRules", .product(name: "Subprocess", package: "swift-subprocess")],
            swiftSettings: strict),
        .target(
            name: "ModelContext",
            dependencies: [
                "AlertFormats", "AlertModel", "ConfigTree", "Explanation", "FalcoProcess", "FalcoRules",
                "HostileText", "Inspection", "Journal", "MCPProtocol", "MCPServing", "PositionedYAML",
            ],
            swiftSettings: strict),
        .target(
            name: "Server",
            dependencies: [
                "AlertModel", "AlertSources", "Inspection", "LockFree", "MCPProtocol", "MCPServing",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .target(
            name: "Pipeline",
            dependencies: [
                "AlertModel", "AlertSources", "AlertEngine", "AlertFormats", "AlertSinks", "BuiltinRules", "ConfigTree",
                "FalcoRules", "Journal", "SigmaRules", "Enrichment", "Inspection", "LockFree", "HTTPExchange",
                "CAlertBatch", "CFalcoOutputs", "CJSONScan", "Explanation", "HostileText", "MCPProtocol", "MCPServing",
                "FalcoProcess", "ModelContext",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .target(name: "AlertGenerator", dependencies: ["AlertModel", "CFalcoOutputs"], swiftSettings: strict),
        .executableTarget(
            name: "creance",
            dependencies: [
                "AlertEngine", "AlertFormats", "AlertGenerator", "AlertModel", "AlertSinks", "AlertSources",
                "CFalcoOutputs", "ConfigTree", "Enrichment", "Explanation", "FalcoProcess", "FalcoRules", "Inspection",
                "Journal", "Pipeline", "MCPProtocol", "MCPServing", "ModelContext", "Server", "Reports", "SigmaRules",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),

        // Programs for benchmarks and for tests that need a process to kill.
        .executableTarget(
            name: "journal-writer", dependencies: ["Journal", "AlertModel", "CJSONScan"],
            path: "Tests/JournalWriterProcess",
            swiftSettings: strict),
        .executableTarget(
            name: "mcp-fixture",
            dependencies: [
                "Inspection", "MCPProtocol", "MCPServing", "Server", .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/MCPFixtureServer", swiftSettings: strict),
        .executableTarget(
            name: "journal-benchmark", dependencies: ["Journal", "AlertModel", "CFalcoOutputs"],
            path: "Benchmarks/journal", swiftSettings: strict),
        .executableTarget(
            name: "pipeline-process",
            dependencies: ["ConfigTree", "Pipeline", .product(name: "Logging", package: "swift-log")],
            path: "Benchmarks/lanes", swiftSettings: strict),
        .executableTarget(
            name: "builtin-benchmark",
            dependencies: [
                "AlertEngine", "AlertGenerator", "AlertModel", "BuiltinRules", "CAlertBatch", "CAllocations",
                "CJSONScan", "SigmaRules",
            ],
            path: "Benchmarks/builtin", swiftSettings: strict),
        .executableTarget(
            name: "correlate-benchmark",
            dependencies: ["AlertEngine", "AlertModel", "SigmaRules", "CAlertBatch", "CAllocations"],
            path: "Benchmarks/correlate", swiftSettings: strict),
        .executableTarget(
            name: "ring-benchmark", dependencies: ["LockFree"], path: "Benchmarks/ring", swiftSettings: strict),
        .target(name: "CAllocations", path: "Benchmarks/allocations"),
        .executableTarget(
            name: "ordered-benchmark",
            dependencies: ["AlertEngine", "AlertModel", "CAllocations", "CAlertBatch", "SigmaRules"],
            path: "Benchmarks/ordered", swiftSettings: strict),
        .executableTarget(
            name: "conditions-benchmark",
            dependencies: ["AlertModel", "CAllocations", "CAlertBatch", "CJSONScan", "FalcoRules"],
            path: "Benchmarks/conditions", swiftSettings: strict),
        .executableTarget(
            name: "deduplicate-benchmark", dependencies: ["AlertEngine", "AlertModel", "CAlertBatch", "CAllocations"],
            path: "Benchmarks/deduplicate", swiftSettings: strict),
        .executableTarget(
            name: "engine-benchmark",
            dependencies: [
                "AlertEngine", "AlertGenerator", "AlertModel", "BuiltinRules", "CAllocations", "CAlertBatch",
                "CJSONScan", "SigmaRules",
            ],
            path: "Benchmarks/engine", swiftSettings: strict),
        .executableTarget(
            name: "enrich-benchmark",
            dependencies: ["AlertEngine", "AlertModel", "CAllocations", "CAlertBatch", "Enrichment"],
            path: "Benchmarks/enrich", swiftSettings: strict),
        .executableTarget(
            name: "formats-benchmark",
            dependencies: ["AlertFormats", "AlertModel", "CAlertBatch", "CAllocations", "CFalcoOutputs", "CJSONScan"],
            path: "Benchmarks/formats", swiftSettings: strict),
        .executableTarget(
            name: "queries-benchmark",
            dependencies: ["AlertGenerator", "AlertModel", "AlertSources", "FalcoRules", "Journal"],
            path: "Benchmarks/queries", swiftSettings: strict),
        .executableTarget(
            name: "stages-benchmark",
            dependencies: ["AlertEngine", "AlertModel", "CAllocations", "CAlertBatch", "FalcoRules"],
            path: "Benchmarks/stages", swiftSettings: strict),
        .executableTarget(
            name: "sigma-benchmark",
            dependencies: ["AlertGenerator", "AlertModel", "CAllocations", "CAlertBatch", "CJSONScan", "SigmaRules"],
            path: "Benchmarks/sigma", swiftSettings: strict),
        .executableTarget(
            name: "simulation-soak", dependencies: ["EngineSimulation"], path: "Benchmarks/simulation",
            swiftSettings: strict),

        // Tests, one target a subject.
        .target(
            name: "EngineSimulation",
            dependencies: ["AlertEngine", "AlertModel", "CAlertBatch", "FalcoRules", "SigmaRules"],
            path: "Tests/Simulation", swiftSettings: strict),
        .testTarget(
            name: "SimulationTests",
            dependencies: ["EngineSimulation", "AlertEngine", "AlertModel", "FalcoRules", "SigmaRules"],
            swiftSettings: strict),
        .testTarget(
            name: "ReportsTests", dependencies: ["Reports", "AlertModel"], exclude: ["Golden"], swiftSettings: strict),
        .testTarget(name: "InspectionTests", dependencies: ["Inspection"], swiftSettings: strict),
        .testTarget(name: "MCPProtocolTests", dependencies: ["MCPProtocol"], swiftSettings: strict),
        .testTarget(name: "MCPServingTests", dependencies: ["MCPProtocol", "MCPServing"], swiftSettings: strict),
        .testTarget(name: "HostileTextTests", dependencies: ["AlertModel", "HostileText"], swiftSettings: strict),
        .testTarget(
            name: "FalcoProcessTests",
            dependencies: ["FalcoProcess", "FalcoRules", "MCPProtocol", "MCPServing", "ModelContext"],
            swiftSettings: strict),
        .testTarget(
            name: "ModelContextTests",
            dependencies: [
                "AlertModel", "CAlertBatch", "CJSONScan", "FalcoRules", "HostileText", "Inspection", "Journal",
                "MCPProtocol", "MCPServing", "ModelContext",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "Server", "Inspection", "AlertModel", "AlertSources", "LockFree", "CCompression", "MCPProtocol",
                "MCPServing",
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "AlertModelTests", dependencies: ["AlertModel", "AlertSources", "CAlertBatch"], swiftSettings: strict),
        .testTarget(
            name: "AlertSourcesTests",
            dependencies: ["AlertSources", "AlertModel", "LockFree", "CAlertBatch", "CCompression", "CFalcoOutputs"],
            swiftSettings: strict),
        .testTarget(
            name: "JournalTests",
            dependencies: [
                "Journal", "AlertModel", "CFalcoOutputs", "CJSONScan", "journal-writer",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "PipelineTests",
            dependencies: [
                "Pipeline", "AlertEngine", "AlertFormats", "AlertGenerator", "AlertModel", "AlertSinks", "AlertSources",
                "Inspection", "Journal", "LockFree", "MCPServing", "ModelContext",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "MatchingTests", dependencies: ["AlertModel", "Matching"], swiftSettings: strict),
        .testTarget(
            name: "StageTests",
            dependencies: ["AlertEngine", "AlertModel", "CAlertBatch", "CAllocations", "FalcoRules"],
            swiftSettings: strict),
        .testTarget(
            name: "ControlTests",
            dependencies: [
                "AlertEngine", "AlertModel", "FalcoRules", "LockFree", "Pipeline",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "FalcoRulesTests", dependencies: ["AlertModel", "CAlertBatch", "FalcoRules", "Matching"],
            swiftSettings: strict),
        .testTarget(
            name: "FalcoRuleFilesTests", dependencies: ["FalcoRules", "PositionedYAML"], swiftSettings: strict),
        .testTarget(
            name: "SigmaRulesTests",
            dependencies: ["SigmaRules", "AlertModel", "CAllocations", "CAlertBatch", "CJSONScan"],
            exclude: ["Mistakes"], swiftSettings: strict),
        .testTarget(
            name: "BuiltinRulesTests",
            dependencies: ["AlertEngine", "AlertModel", "BuiltinRules", "CAlertBatch", "CJSONScan", "SigmaRules"],
            swiftSettings: strict),
        .testTarget(name: "LockFreeTests", dependencies: ["LockFree"], swiftSettings: strict),
        .testTarget(
            name: "AlertEngineTests",
            dependencies: ["AlertEngine", "AlertModel", "BuiltinRules", "CAlertBatch", "CAllocations", "SigmaRules"],
            swiftSettings: strict),
        .testTarget(
            name: "EnrichmentTests",
            dependencies: ["AlertEngine", "AlertModel", "CAlertBatch", "CAllocations", "Enrichment"],
            exclude: ["Fixtures"], swiftSettings: strict),
        .testTarget(
            name: "DeduplicateTests",
            dependencies: ["AlertEngine", "AlertModel", "AlertSources", "CAlertBatch", "FalcoRules"],
            swiftSettings: strict),
        .testTarget(
            name: "CorrelateTests", dependencies: ["AlertEngine", "AlertModel", "SigmaRules", "CAlertBatch"],
            swiftSettings: strict),
        .testTarget(
            name: "AlertFormatsTests",
            dependencies: ["AlertFormats", "AlertModel", "CAlertBatch", "CFalcoOutputs", "CJSONScan"],
            exclude: ["validate_records.py"], swiftSettings: strict),
        .testTarget(
            name: "AlertSinksTests",
            dependencies: ["AlertFormats", "AlertModel", "AlertSinks", "CAlertBatch", "CCompression", "ConfigTree"],
            swiftSettings: strict),
        .testTarget(
            name: "HTTPSinkTests",
            dependencies: ["AlertFormats", "AlertModel", "AlertSinks", "CAlertBatch", "CJSONScan", "ConfigTree"],
            swiftSettings: strict),
        .testTarget(
            name: "ConfigTreeTests", dependencies: ["ConfigTree"], exclude: ["Golden", "Mistakes"],
            swiftSettings: strict),
        .testTarget(
            name: "ConfigurationTests", dependencies: ["ConfigTree", "FalcoRules", "Pipeline"],
            exclude: ["Mistakes", "Part1.yaml", "reference.yaml"], swiftSettings: strict),
        .testTarget(
            name: "AlertGeneratorTests", dependencies: ["AlertGenerator", "AlertModel", "AlertSources", "CAlertBatch"],
            swiftSettings: strict),
        .testTarget(
            name: "CommandTests",
            dependencies: [
                "creance", "AlertGenerator", "AlertModel", "AlertSources", "Journal", "Pipeline", "SigmaRules",
                .product(name: "Logging", package: "swift-log"),
            ],
            exclude: ["Golden"], swiftSettings: strict),
    ],
    cLanguageStandard: .gnu17,
    cxxLanguageStandard: .cxx17
)
