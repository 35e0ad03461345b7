// SPDX-License-Identifier: Apache-2.0
import AlertSinks
import ConfigTree
import Foundation
import HTTPExchange

/// Gives an `http` sink what it needs of the world: the network, secrets from their places, the clock.
enum HTTPSinkMaker {
    static func make(_ settings: HTTPSinkSettings, name: String, environment: [String: String]) -> any AlertSink {
        HTTPSink.make(
            settings, name: name, exchange: NetworkExchange(settings.connection),
            surroundings: HTTPSurroundings(
                secret: { secret in
                    try secret.fetch(
                        file: { path in
                            guard let content = try? Data(contentsOf: URL(fileURLWithPath: path)) else {
                                throw SecretError.unset(secret)
                            }
                            return [UInt8](content)
                        }, environment: { environment[$0] })
                },
                now: { WallClock.system.now() },
                pause: {
                    Thread.sleep(
                        forTimeInterval: Double($0.components.seconds) + Double($0.components.attoseconds) / 1e18)
                },
                channel: UUID().uuidString))
    }
}
