// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel
import Foundation
import Testing

@Suite struct TextFormatTests {
    @Test func `an alert is one line, without the prefix that the line says already`() {
        let message = Message(
            priority: 4, rule: "Shell", output: [UInt8]("20:26:40.000484839: Warning A shell".utf8),
            fields: [("container.name", [UInt8]("web".utf8))])
        #expect(
            TextFormat(colours: false).text(Sample.protobuf([message.bytes]))
                == "2026-11-21T21:15:40.762Z Warning       Shell  [node-1/web]  A shell")
    }

    @Test func `colours mark priority and rule`() {
        #expect(
            TextFormat(colours: true).text(Sample.protobuf([Message(priority: 0, hostname: "").bytes]))
                == "2026-11-21T21:15:40.762Z \u{1B}[1;37;41mEmergency    \u{1B}[0m \u{1B}[1mRule\u{1B}[0m  text")
    }

    @Test func `hostile text forges neither line nor colour nor direction`() throws {
        let hostile = "a\u{1B}[31mred\nnext\r\u{9B}1m\u{7F}\u{0}\u{202E}evil\u{2066}\u{2028}\u{200B}\u{FEFF}\u{E0041}ü😀"
        let message = Message(rule: hostile, output: [UInt8](hostile.utf8) + [0xFF], hostname: hostile)
        let visible =
            #"a\u{1b}[31mred\nnext\r\u{9b}1m\u{7f}\u{00}\u{202e}evil\u{2066}\u{2028}\u{200b}\u{feff}\u{e0041}ü😀"#
        #expect(
            TextFormat(colours: false).text(Sample.protobuf([message.bytes]))
                == "2026-11-21T21:15:40.762Z Notice        \(visible)  [\(visible)]  \(visible)\u{FFFD}")
    }

    @Test func `a container id stands in for a missing name, the host for no container`() {
        let id = Message(fields: [
            ("container.id", [UInt8]("3ad7b26ded6d".utf8)), ("container.name", [UInt8]("<NA>".utf8)),
        ])
        #expect(TextFormat(colours: false).text(Sample.protobuf([id.bytes])).contains("[node-1/3ad7b26ded6d]"))
        let host = Message(fields: [("container.id", [UInt8]("host".utf8))])
        #expect(TextFormat(colours: false).text(Sample.protobuf([host.bytes])).contains("[node-1] "))
    }

    @Test func `a gap is a line too`() {
        #expect(
            TextFormat(colours: false).text(Sample.gap(.rotatedAway))
                == "2026-11-21T21:15:43.300Z Warning       Creance gap  alerts of source node may be missing since "
                + "2026-11-21T21:15:40.800Z: rotated_away")
    }

    @Test(arguments: [
        (true, [:], true), (false, [:], false), (true, ["NO_COLOR": "1"], false), (true, ["NO_COLOR": ""], true),
        (true, ["TERM": "dumb"], false),
    ])
    func `colours are for terminals whose user did not refuse them`(
        terminal: Bool, environment: [String: String], wanted: Bool
    ) {
        #expect(TextFormat.coloursWanted(isTerminal: terminal, environment: environment) == wanted)
    }
}
