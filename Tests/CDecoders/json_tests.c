// SPDX-License-Identifier: Apache-2.0
#include "json_check.h"

unsigned passed, failed;

int main(int argc, char **argv) {
    const char *samples = argc > 1 ? argv[1] : "Tests/Samples";
    test_alerts();
    test_lines(samples);
    test_bodies();
    test_wrapped(samples);
    printf("json: %u passed, %u failed\n", passed, failed);
    return failed != 0;
}
