// SPDX-License-Identifier: Apache-2.0

/// Open addressing from keyed hashes to names of records: linear probing, deletion without tombstones.
///
/// The hashes themselves are in the records; the index holds four bytes a place and is at most half full. `hash` of a
/// record must be the one it was inserted under.
struct HashIndex: Sendable {
    private var places: [UInt32]
    private let mask: Int
    /// Names that it has room for.
    let limit: Int

    init(limit: Int) {
        self.limit = limit
        var size = 16
        while size < limit * 2 { size *= 2 }
        places = [UInt32](repeating: 0, count: size)
        mask = size - 1
    }

    var byteCount: Int { places.count * 4 }

    /// The first place to look for a hash.
    func start(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash) & mask }
    func next(_ place: Int) -> Int { (place &+ 1) & mask }

    /// The name at a place; 0 where the search ends.
    subscript(place: Int) -> UInt32 {
        get { places[place] }
        set { places[place] = newValue }
    }

    mutating func insert(_ name: UInt32, hash: UInt64) {
        var place = start(hash)
        while places[place] != 0 { place = next(place) }
        places[place] = name
    }

    /// Empties a place and moves up what had to be put behind it.
    mutating func remove(at place: Int, hash: (UInt32) -> UInt64) {
        var hole = place
        var probe = next(place)
        while places[probe] != 0 {
            let home = start(hash(places[probe]))
            // The record may move into the hole when its home does not lie between the hole and where it stands.
            if (probe &- home) & mask >= (probe &- hole) & mask {
                places[hole] = places[probe]
                hole = probe
            }
            probe = next(probe)
        }
        places[hole] = 0
    }
}
