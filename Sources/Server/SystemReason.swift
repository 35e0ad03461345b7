// SPDX-License-Identifier: Apache-2.0
import Foundation
import NIOCore

/// Why a socket could not be opened, in the system's words, without the call that the network layer made.
func systemReason(_ error: any Error) -> String {
    guard let error = error as? IOError, let text = unsafe strerror(error.errnoCode) else { return "\(error)" }
    return unsafe String(cString: text)
}
