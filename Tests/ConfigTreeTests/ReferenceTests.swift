// SPDX-License-Identifier: Apache-2.0
import ConfigTree
import Testing

@Suite struct `Reference` {
    let reference = ConfigDocument.reference(SampleConfig.init)

    @Test func `the annotated YAML is as agreed`() throws {
        try Golden.expect(reference.yaml(), equals: "Golden/reference.yaml")
    }

    @Test func `the Markdown is as agreed`() throws {
        try Golden.expect(reference.markdown(), equals: "Golden/reference.md")
    }

    @Test func `read as a configuration, the annotated YAML changes nothing`() throws {
        let outcome = SampleConfig.check(reference.yaml())
        #expect(outcome.problems == [])
        #expect(try #require(outcome.value) == #require(SampleConfig.check("").value))
    }
}
