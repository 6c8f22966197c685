#!/usr/bin/env bash
# Installs what the tests need, builds Release, runs every test by ctest; its closing line comes last.
# Usage: tests/run.sh [CTEST OPTION...]      e.g. tests/run.sh -L unit; tests/run.sh -R Segment
set -euo pipefail
cd "$(dirname "$0")/.."

cmake/packages.sh build test
cmake/build.sh release
tests/e2e/js/install.sh
tests/e2e/python/install.sh
tests/e2e/lambda/install.sh
tests/support/kafka/install.sh ||
    echo "tests/run.sh: the tests on a real Kafka broker are skipped: it cannot be had here (above)" >&2

log=build/release/ctest.log
status=0
ctest --test-dir build/release --output-on-failure --no-tests=error -j "$(nproc)" "$@" |
    tee "$log" || status=$?
# ctest prints its verdict above the list of what failed and of the times: say it again, last.
grep -E '^[0-9]+% tests passed' "$log" || echo "tests/run.sh: ctest did not come to a verdict" >&2
exit "$status"
