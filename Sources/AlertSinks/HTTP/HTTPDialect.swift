// SPDX-License-Identifier: Apache-2.0
import AlertFormats

/// How one kind of receiver is spoken to: what a request's body holds, and what an answer means.
///
/// Pure: the carrier has the network. One thread at a time.
protocol HTTPDialect: Sendable {
    /// Makes the bytes of each record as `append` expects them.
    var format: any AlertFormat { get }
    var contentType: String { get }
    /// What stands before the token in `Authorization`; nil: the token goes elsewhere.
    var tokenScheme: String? { get }

    /// The most records in one request, when so many wait.
    func recordLimit(waiting: Int) -> Int

    /// Appends the body of a request for the records at `indices`.
    func append(
        _ batch: borrowing DeliveryBatch, _ indices: ArraySlice<Int>, token: String, to body: inout OutputBuffer)

    /// What `answer` says about `count` records.
    func read(_ answer: HTTPAnswer, count: Int, _ status: StatusReading) -> AnswerReading
}

extension HTTPDialect {
    var contentType: String { "application/json" }
    var tokenScheme: String? { "Bearer" }
    func recordLimit(waiting: Int) -> Int { 1_000 }
    func read(_ answer: HTTPAnswer, count: Int, _ status: StatusReading) -> AnswerReading { status.read(answer) }
}

/// What an answer means for the records of its request.
enum AnswerReading: Hashable, Sendable {
    case accepted
    /// One reading for each record, in order.
    case items([ItemReading])
    /// Something in the request is wrong for good: whose fault it is shows when it is sent in halves.
    case refused(String)
    /// The records as a whole are refused, and sending parts of them again would be wrong.
    case refusedAll(String)
    /// Fewer records may fit.
    case tooLarge(String)
    case later(after: Duration, String)
    /// Taken, and done when the receiver says so under this number.
    case pending(Int64)
}

/// What was said about one record.
enum ItemReading: Hashable, Sendable {
    case accepted
    case later(String)
    case refused(String)
}

extension DeliveryBatch {
    /// Appends records with `separator` between them.
    func append(_ indices: ArraySlice<Int>, separatedBy separator: UInt8, to body: inout OutputBuffer) {
        for (count, index) in indices.enumerated() {
            if count > 0 { body.append(byte: separator) }
            body.append(bytes.extracting(items[index].bytes))
        }
    }

    /// Where the record at `index` has its first line feed from `start` on; its end when it has none.
    func lineEnd(_ index: Int, from start: Int) -> Int {
        let range = items[index].bytes
        var place = start
        while place < range.upperBound, bytes[place] != 0x0A { place += 1 }
        return place
    }
}
