#!/usr/bin/env bash
# Configures a preset when needed and builds it; says nothing when there is nothing to do.
# Usage: cmake/build.sh PRESET [TARGET...]
set -euo pipefail
cd "$(dirname "$0")/.."

[[ $# -gt 0 ]] || { sed -n '2,3s/^# //p' "$0" >&2; exit 2; }
preset=$1
shift
folder=build/$preset

if [[ ! -f $folder/build.ninja || CMakePresets.json -nt $folder/build.ninja ]]; then
    mkdir -p "$folder"
    cmake --preset "$preset" >"$folder/configure.log" 2>&1 || {
        cat "$folder/configure.log" >&2
        echo "build.sh: cmake could not configure the preset '$preset' (above)" >&2
        exit 1
    }
fi

# The largest sources need about 1 GB each while they compile.
memory_gb=$(awk '/MemAvailable/ { print int($2 / 1048576) }' /proc/meminfo)
jobs=$(nproc)
((jobs <= memory_gb)) || jobs=$((memory_gb > 0 ? memory_gb : 1))

if ninja -C "$folder" -n "$@" | grep -q 'no work to do'; then
    exit 0
fi
echo "Building ${*:-everything} in $folder with $jobs jobs"
ninja -C "$folder" -j "$jobs" "$@"
