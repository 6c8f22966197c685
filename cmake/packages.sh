#!/usr/bin/env bash
# Installs the Debian packages that are missing; says nothing when none is.
# Usage: cmake/packages.sh GROUP...      groups: build example test node-headers analysis bench
set -euo pipefail

declare -A groups=(
    # What compiling needs.
    [build]="git g++ cmake ninja-build pkgconf ccache mold libboost1.81-dev libfmt-dev
        nlohmann-json3-dev libsimdjson-dev libxxhash-dev libsqlite3-dev libcurl4-openssl-dev
        prometheus-cpp-dev librocksdb-dev libyaml-cpp-dev libcli11-dev libdeflate-dev zlib1g-dev libzip-dev libexpected-dev
        libgtest-dev librdkafka-dev libhiredis-dev libssl-dev libmemcached-dev libpq-dev cppzmq-dev libzstd-dev"
    # What the examples talk with.
    [example]="python3 python3-boto3"
    # What the tests are written in, and the unmodified clients they drive.
    [test]="python3 python3-boto3 python3-pip awscli iso-codes nodejs npm golang-go cargo-web
        rustc-web ca-certificates make autoconf automake libtool
        redis-server memcached postgresql default-jre-headless maven kcat python3-zmq"
    # What an addon for Debian's node is compiled with.
    [node-headers]="libnode-dev"
    # What the second half of the checks reads the sources with.
    [analysis]="clang-14 clang-tidy-14 clang-format-14 libclang-rt-14-dev"
    # The load generator.
    [bench]="wrk python3 python3-boto3 default-jre-headless maven redis-server memcached postgresql"
)

fail() {
    echo "packages.sh: $*" >&2
    exit 3
}

wanted=()
for group in "$@"; do
    [[ -n "${groups[$group]:-}" ]] || {
        echo "packages.sh: no group '$group'; there are: ${!groups[*]}" >&2
        exit 2
    }
    read -r -d '' -a names <<<"${groups[$group]}" || true
    wanted+=("${names[@]}")
done
[[ ${#wanted[@]} -gt 0 ]] || { sed -n '2,3s/^# //p' "$0" >&2; exit 2; }

command -v dpkg-query >/dev/null || fail "this is not Debian (no dpkg-query). Install the" \
    "equivalents of these by hand: ${wanted[*]}"

# One call for all of them: this runs before every build.
installed=" $(dpkg-query -W -f '${db:Status-Status}:${Package} ' "${wanted[@]}" 2>/dev/null || true)"
missing=()
for name in "${wanted[@]}"; do
    [[ "$installed" == *" installed:$name "* || " ${missing[*]:-} " == *" $name "* ]] && continue
    # Node.js and Go from elsewhere serve as well; Node.js brings npm along.
    case "$name" in
        nodejs) command -v node >/dev/null && continue ;;
        npm) command -v npm >/dev/null && continue ;;
        golang-go) command -v go >/dev/null && continue ;;
    esac
    missing+=("$name")
done
[[ ${#missing[@]} -gt 0 ]] || exit 0

command -v apt-get >/dev/null || fail "apt-get is not here; install by hand: ${missing[*]}"
as_root=()
if [[ $EUID -ne 0 ]]; then
    command -v sudo >/dev/null || fail "these Debian packages are missing and need root (there is" \
        "no sudo here). As root, run: apt-get install ${missing[*]}"
    as_root=(sudo)
fi

echo "Installing from Debian: ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
        -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 "$@" >"$log" 2>&1
}
# Stale or absent lists are the usual reason why an install fails, so they are read anew first.
apt update || {
    tail -n 5 "$log" >&2
    fail "apt-get update failed (above); is there a network?"
}
# Debian starts a server when it is installed. The tests start their own, in their own folders: where
# nobody has said which services may start, none does while this runs.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
    trap 'rm -f "$log"; "${as_root[@]}" rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" install -m 755 /dev/stdin "$policy"
fi
apt install --no-install-recommends "${missing[@]}" || {
    tail -n 15 "$log" >&2
    fail "apt-get install failed (above). Missing: ${missing[*]}"
}
