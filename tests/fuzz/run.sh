#!/bin/sh
# Runs each fuzz target for SECONDS, starting from its seeds. Fails with the path of the input that
# broke it; copy that into tests/fuzz/corpus/<target>/ with the fix, and it is a test for ever.
#
#   tests/fuzz/run.sh SECONDS [TARGET...]        targets: expression item number frame request statement
#
# BUILD names the folder of the clang build (default: build/analysis, made when missing).
set -eu
cd "$(dirname "$0")/../.."
case "${1:-}" in
'' | *[!0-9]*)
    echo "usage: tests/fuzz/run.sh SECONDS [expression|item|number|frame|request|statement...]" >&2
    exit 2
    ;;
esac
seconds=$1
shift
[ $# -gt 0 ] || set -- expression item number frame request statement
build=${BUILD:-build/analysis}
[ -f "$build/build.ninja" ] || cmake --preset analysis -B "$build" >/dev/null
for target in "$@"; do
    cmake --build "$build" --target "fuzz_$target" >"$build/fuzz_build.log" 2>&1 || {
        cat "$build/fuzz_build.log" >&2
        echo "fuzz: $target does not build" >&2
        exit 1
    }
done

findings=$build/fuzz-findings
mkdir -p "$findings"
grown=$(mktemp -d)
trap 'rm -rf "$grown"' EXIT
for target in "$@"; do
    mkdir "$grown/$target"
    dictionary=tests/fuzz/$target.dict
    set -- "$grown/$target" "tests/fuzz/corpus/$target"
    [ ! -f "$dictionary" ] || set -- "-dict=$dictionary" "$@"
    if ! "$build/tests/fuzz/fuzz_$target" -max_total_time="$seconds" -timeout=10 -max_len=4096 \
        -rss_limit_mb=1024 -artifact_prefix="$findings/$target-" "$@" >"$grown/$target.log" 2>&1
    then
        tail -n 60 "$grown/$target.log" >&2
        input=$(sed -n 's/.*Test unit written to //p' "$grown/$target.log" | tail -n 1)
        echo "fuzz: $target broke on ${input:-an input it could not write down}" >&2
        exit 1
    fi
    runs=$(sed -n 's/^Done \([0-9]*\) runs.*/\1/p' "$grown/$target.log")
    echo "fuzz: $target: ${runs:-?} runs in $seconds s, nothing found"
done
