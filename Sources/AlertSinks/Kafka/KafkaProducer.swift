// SPDX-License-Identifier: Apache-2.0
import CKafka
import Glibc

/// One producer of librdkafka: its one owner, and a door to unsafe code. One thread at a time.
@safe
final class KafkaProducer {
    /// What became of a message.
    enum Fate: Equatable {
        case delivered
        case refused(String)
        case failed(String)

        init(_ code: Int32) {
            switch ckafka_fate_of(code) {
            case CKAFKA_DELIVERED: self = .delivered
            case CKAFKA_REFUSED: self = .refused(KafkaProducer.text(code))
            default: self = .failed(KafkaProducer.text(code))
            }
        }
    }

    private let raw: OpaquePointer

    /// - Throws: `.reject` for settings that librdkafka does not take; the reason holds no value.
    init(_ settings: [(name: String, value: String)], topic: String) throws(DeliveryError) {
        var copies = unsafe settings.flatMap { unsafe [strdup($0.name), strdup($0.value)] }
        defer { for index in unsafe copies.indices { unsafe free(copies[index]) } }
        var reason = [CChar](repeating: 0, count: Int(CKAFKA_TEXT))
        let opened = unsafe copies.withUnsafeMutableBufferPointer { copies in
            unsafe copies.withMemoryRebound(to: UnsafePointer<CChar>?.self) { pairs in
                unsafe ckafka_open(pairs.baseAddress, settings.count, topic, &reason)
            }
        }
        guard let opened = unsafe opened else { throw .reject(reason: Self.text(reason)) }
        unsafe raw = opened
    }

    deinit { unsafe ckafka_close(raw) }

    /// Queues a copy of `value`: nil, or why not; `isFull`: poll first.
    func produce(
        _ value: Span<UInt8>, key: String?, id: String, token: Int
    ) -> (fate: Fate, isFull: Bool)? {
        let id = Array(id.utf8)
        let key = key.map { Array($0.utf8) } ?? []
        let code = unsafe value.withUnsafeBufferPointer { value in
            unsafe id.withUnsafeBufferPointer { id in
                unsafe key.withUnsafeBufferPointer { key in
                    unsafe ckafka_produce(
                        raw, value.baseAddress, value.count, key.isEmpty ? nil : key.baseAddress, key.count,
                        id.baseAddress, id.count, UInt64(token))
                }
            }
        }
        return code == 0 ? nil : (Fate(code), ckafka_is_full(code))
    }

    func poll(milliseconds: Int32) { unsafe ckafka_poll(raw, milliseconds) }

    /// The next report: which message, and what became of it.
    func next() -> (token: Int, fate: Fate)? {
        var report = ckafka_report()
        guard unsafe ckafka_next(raw, &report) else { return nil }
        return (Int(report.token), Fate(report.code))
    }

    /// Messages without a report.
    var outstanding: Int { unsafe ckafka_outstanding(raw) }

    func purge() { unsafe ckafka_purge(raw) }

    /// It can deliver nothing more.
    var isFatal: Bool { unsafe ckafka_is_fatal(raw) }

    /// The last trouble with brokers since the last call.
    func takeTrouble() -> String? {
        var text = [CChar](repeating: 0, count: Int(CKAFKA_TEXT))
        return unsafe ckafka_trouble(raw, &text) ? Self.text(text) : nil
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func text(_ code: Int32) -> String {
        guard let text = unsafe ckafka_error_text(code) else { return "error \(code)" }
        return unsafe String(cString: text)
    }
}
