// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertSinks
import ConfigTree
import Foundation

/// Gives a `kafka` sink what it needs of the world: secrets from their places, read whenever it makes a producer.
enum KafkaSinkMaker {
    static func make(_ settings: KafkaSinkSettings, name: String, environment: [String: String]) -> any AlertSink {
        let carrier = KafkaCarrier(settings) { secret in
            try secret.fetch(
                file: { path in
                    guard let content = try? Data(contentsOf: URL(fileURLWithPath: path)) else {
                        throw SecretError.unset(secret)
                    }
                    return [UInt8](content)
                }, environment: { environment[$0] })
        }
        return BatchedSink(
            carrier, name: name, format: settings.format.format(), limits: settings.delivery.batch)
    }
}
