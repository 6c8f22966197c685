#!/usr/bin/env bash
# Measures a Release build and prints one line of JSON for each bench; README tables come from one run.
# Usage: tests/bench/run.sh [NAME...] [--quick]      without a NAME: all; --list names them
set -euo pipefail
cd "$(dirname "$0")/../.."

# What is built and installed must not stand between the lines of JSON.
{
    cmake/packages.sh build bench
    cmake/build.sh release
    tests/support/kafka/install.sh
} >&2
exec /usr/bin/python3 -B tests/bench/measure.py "$@"
