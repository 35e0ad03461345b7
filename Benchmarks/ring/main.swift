// SPDX-License-Identifier: Apache-2.0
import Foundation
import LockFree

// What handing a batch from lane to lane costs, spread over its alerts: a ring and a wait word between two threads, as
// lanes use them, with a reference to an object as the element.
//
//     ring-benchmark [BATCHES]

let count = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 2_000_000

final class Batch: Sendable {
    let number: Int
    init(_ number: Int) { self.number = number }
}

/// Both directions of one seam.
final class Seam: Sendable {
    let ring: Ring<Batch>
    let filled = WaitWord()
    let emptied = WaitWord()
    init(capacity: Int) { ring = Ring(capacity: capacity) }

    func give(_ batch: Batch) {
        var waiting = batch
        while true {
            let ticket = emptied.ticket
            guard let refused = ring.push(waiting) else { break }
            waiting = refused
            emptied.wait(for: ticket)
        }
        filled.signal()
    }

    func take() -> Batch {
        while true {
            let ticket = filled.ticket
            if let batch = ring.pop() {
                emptied.signal()
                return batch
            }
            filled.wait(for: ticket)
        }
    }
}

func seconds() -> Double { Double(DispatchTime.now().uptimeNanoseconds) / 1e9 }

/// Wall time per batch from one thread to the other; whoever runs ahead parks.
func stream(_ batches: Int, capacity: Int) -> Double {
    let seam = Seam(capacity: capacity)
    let batch = Batch(1)
    let began = seconds()
    let producer = Thread { for _ in 0 ..< batches { seam.give(batch) } }
    producer.start()
    var sum = 0
    for _ in 0 ..< batches { sum += seam.take().number }
    precondition(sum == batches, "a batch is missing")
    return (seconds() - began) / Double(batches) * 1e9
}

/// One batch there and one back, so that every hand-off wakes a parked thread: the worst there is.
func bounce(_ batches: Int) -> Double {
    let there = Seam(capacity: 2)
    let back = Seam(capacity: 2)
    let echo = Thread { for _ in 0 ..< batches { back.give(there.take()) } }
    echo.start()
    let batch = Batch(1)
    let began = seconds()
    var sum = 0
    for _ in 0 ..< batches {
        there.give(batch)
        sum += back.take().number
    }
    precondition(sum == batches, "a batch is missing")
    return (seconds() - began) / Double(2 * batches) * 1e9
}

func line(_ name: String, _ nanoseconds: Double) {
    let each = [256, 1024].map { String(format: "%.2f ns an alert in batches of %d", nanoseconds / Double($0), $0) }
    print("\(name): \(String(format: "%.0f", nanoseconds)) ns a batch, \(each.joined(separator: ", ")) (target 10)")
}

line("ring, steady stream", (0 ..< 3).map { _ in stream(count, capacity: 64) }.min() ?? 0)
line("ring, every hand-off wakes a parked lane", (0 ..< 3).map { _ in bounce(count / 100) }.min() ?? 0)
