#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds the gRPC shim and its tests, plain C without Swift, and runs them.
#   Tests/CFalco/run.sh [address|thread|plain] [TEST]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
kind=${1:-address}
case $kind in
address) compiler=clang flags="-Werror -fsanitize=address,undefined -fno-sanitize-recover=all" ;;
# Swift's clang has a thread sanitizer that wants libdispatch; gcc's stands alone.
thread) compiler=gcc flags="-fsanitize=thread" ;;
plain) compiler=clang flags="-Werror" ;;
*) echo "usage: $0 [address|thread|plain] [TEST]" >&2; exit 2 ;;
esac
shim=$root/Sources/CFalcoOutputs
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$root/Tests/CFalco/certificates.sh" "$work"
# shellcheck disable=SC2086,SC2046
$compiler -std=c17 -D_GNU_SOURCE -O1 -g -Wall -Wextra $flags \
    -I"$shim/include" -I"$shim" -I"$shim/generated" -I"$root/Sources/CAlertBatch/include" \
    $(find "$shim" "$root/Sources/CAlertBatch" -name '*.c') "$root"/Tests/CFalco/*.c \
    -o "$work/tests" -lgrpc -lgpr -lprotobuf-c -lssl -lcrypto -lpthread -lm 2>"$work/build.log" || { cat "$work/build.log" >&2; exit 1; }
export TSAN_OPTIONS="suppressions=$root/Tests/CFalco/tsan.supp halt_on_error=1"
export LSAN_OPTIONS="suppressions=$root/Tests/CFalco/lsan.supp"
"$work/tests" "$work" ${2:+"$2"}
