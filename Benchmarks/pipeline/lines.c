// SPDX-License-Identifier: Apache-2.0
//
// Does the file hold exactly the alerts that were sent, in order? The sender's alerts go round: line i is line i modulo the
// number of different ones.
//
//   lines FILE LINES DIFFERENT
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

int main(int argc, char **arguments) {
    if (argc < 4) return 2;
    uint64_t expected = strtoull(arguments[2], NULL, 10), different = strtoull(arguments[3], NULL, 10), lines = 0;
    int file = open(arguments[1], O_RDONLY);
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0 || status.st_size == 0 || different == 0) return 1;
    const char *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (bytes == MAP_FAILED) return 1;
    const char **firsts = calloc(different, sizeof *firsts);
    size_t *lengths = calloc(different, sizeof *lengths);
    const char *line = bytes, *end = bytes + status.st_size, *next;
    uint64_t wrong = 0;
    while (line < end && (next = memchr(line, '\n', (size_t)(end - line))) != NULL) {
        uint64_t which = lines % different;
        size_t length = (size_t)(next - line);
        if (lines < different) {
            firsts[which] = line;
            lengths[which] = length;
            // Different ones differ, so that a repeated line cannot pass for the next.
            if (which > 0 && length == lengths[which - 1] && memcmp(line, firsts[which - 1], length) == 0) wrong++;
        } else if (length != lengths[which] || memcmp(line, firsts[which], length) != 0) {
            wrong++;
        }
        lines++;
        line = next + 1;
    }
    if (line != end || lines != expected || wrong > 0) {
        fprintf(stderr, "%llu lines for %llu alerts, %llu not the one that was sent, %zu bytes behind the last\n",
                (unsigned long long)lines, (unsigned long long)expected, (unsigned long long)wrong, (size_t)(end - line));
        return 1;
    }
    return 0;
}
