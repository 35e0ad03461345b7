// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Matching

/// A compiled condition: its comparisons in a flat array, each saying where to go on. Immutable.
///
/// Evaluation is one loop from leaf to leaf, forward only, so it ends after at most as many steps as there are leaves.
final class ConditionProgram: Sendable {
    static let accept: Int32 = -1
    static let refuse: Int32 = -2

    let text: String
    let warnings: [ConditionError]
    /// What no alert passes.
    let recordCheck: ConditionError?
    let leaves: [ConditionLeaf]
    let start: Int32
    let names: [FieldName]
    let transformers: [FieldTransformer]
    let literals: [ConditionLiteral]
    let numbers: [ExactNumber]
    let searches: [SubstringSearch]
    let globs: [Glob]
    let expressions: [RegularExpression]
    let sets: [LiteralSet]
    let paths: [PathPrefixes]
    let comparisons: [FieldComparison]

    init(_ tree: ConditionTree, text: String, warnings: [ConditionError]) throws(ConditionError) {
        self.text = text
        self.warnings = warnings
        recordCheck = tree.recordCheck
        var compiler = ConditionCompiler()
        try compiler.addLeaves(of: tree)
        var place = compiler.leaves.count
        start = compiler.link(tree, onTrue: Self.accept, onFalse: Self.refuse, before: &place)
        leaves = compiler.leaves
        names = compiler.names
        transformers = compiler.transformers
        literals = compiler.literals
        numbers = compiler.numbers
        searches = compiler.searches
        globs = compiler.globs
        expressions = compiler.expressions
        sets = compiler.sets
        paths = compiler.paths
        comparisons = compiler.comparisons
    }
}
