// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// Files beside the tests that say what is expected. `CREANCE_UPDATE_GOLDEN=1` rewrites them.
enum Golden {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

    static func expect(_ text: String, equals name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let file = folder.appendingPathComponent(name)
        if ProcessInfo.processInfo.environment["CREANCE_UPDATE_GOLDEN"] == "1" { try Data(text.utf8).write(to: file) }
        let expected = try String(contentsOf: file, encoding: .utf8)
        #expect(text == expected, "\(name) differs", sourceLocation: sourceLocation)
    }
}
