// SPDX-License-Identifier: Apache-2.0
import CDigest
import Foundation

/// One file as it was read: tables are made from these bytes, wherever they are kept meanwhile.
public struct TableFile: Hashable, Sendable {
    public let path: String
    public let bytes: [UInt8]
    /// SHA-256 of the bytes, in hexadecimal.
    public let digest: String

    public init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
        digest = Self.digest(of: bytes)
    }

    /// Reads a regular file.
    public init(reading path: String, limit: Int) throws(TableProblem) {
        do {
            let kind = try FileManager.default.attributesOfItem(atPath: path)
            // A link is followed; what it leads to must be a file.
            let followed =
                kind[.type] as? FileAttributeType == .typeSymbolicLink
                ? try FileManager.default.attributesOfItem(
                    atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path) : kind
            guard followed[.type] as? FileAttributeType == .typeRegular else {
                throw TableProblem(path, "is not a file")
            }
            let size = (followed[.size] as? NSNumber)?.intValue ?? 0
            guard size <= limit else {
                throw TableProblem(path, "is larger than \(limit) bytes (enrich.file_limit)")
            }
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? handle.close() }
            // It may have grown since.
            let data = try handle.read(upToCount: limit + 1) ?? Data()
            guard data.count <= limit else {
                throw TableProblem(path, "is larger than \(limit) bytes (enrich.file_limit)")
            }
            self.init(path: path, bytes: [UInt8](data))
        } catch let problem as TableProblem {
            throw problem
        } catch let error as CocoaError where error.code == .fileReadNoSuchFile || error.code == .fileNoSuchFile {
            throw TableProblem(path, "there is no such file")
        } catch let error as CocoaError where error.code == .fileReadNoPermission {
            throw TableProblem(path, "may not be read by this user")
        } catch {
            throw TableProblem(path, "cannot be read: \(error.localizedDescription)")
        }
    }

    static func digest(of bytes: [UInt8]) -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        unsafe bytes.withUnsafeBufferPointer { source in
            unsafe digest.withUnsafeMutableBufferPointer { target in
                unsafe cdigest_sha256(source.baseAddress, source.count, target.baseAddress)
            }
        }
        let digits = Array("0123456789abcdef")
        return String(digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}
