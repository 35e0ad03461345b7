// SPDX-License-Identifier: Apache-2.0

extension Configuration {
    /// `docs/configuration.md`: how a file is written, then every key.
    public static var page: String { introduction + reference.markdown() }

    private static let introduction = """
        # Configuration

        One YAML file, given with `-c FILE`; without it `/etc/creance/creance.yaml` is read if it exists, and without that
        everything has its default. `creance check` reports every problem of a file at once, each with its place; unknown
        keys are errors. `creance config reference` prints this page as a commented file.

        * Durations carry a unit: `ns`, `us`, `ms`, `s`, `m`, `h` or `d`, as `5m` or `1h30m`.
        * Sizes carry a unit: `B`, `KB`, `MB`, `GB`, `TB` (powers of 1000), `KiB`, `MiB`, `GiB` or `TiB` (of 1024).
        * Addresses are `HOST:PORT`, `[IPV6]:PORT` or `unix:///PATH`.
        * A relative path starts at the folder of the configuration file.
        * Secrets are never written in the file: `${file:PATH}` names a file (a line break at its end does not count),
          `${env:NAME}` a variable of the environment. They are read at start, not by `creance check`. Inside `{ }` and
          `[ ]` such a reference needs quotes.
        * YAML anchors and aliases work; tags and merge keys have no meaning.


        """
}
