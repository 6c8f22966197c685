#!/usr/bin/env bash
# Shows Millbeck at work, in about a minute after the first build: Debian's package index goes into a
# table, and a handler keeps totals from the table's stream.
# Usage: examples/quickstart.sh [--keep] [--count N]
#   --keep     stay up afterwards and print how to talk to it, until Ctrl-C
#   --count N  packages to write, 100 .. 50000 (default 5000)
set -euo pipefail
cd "$(dirname "$0")/.."

keep=no count=5000
fail() {
    echo "quickstart: $*" >&2
    exit 1
}
usage() { sed -n '4,6s/^# //p' examples/quickstart.sh; }
while [[ $# -gt 0 ]]; do
    case "$1" in
        --keep) keep=yes ;;
        --count)
            [[ "${2:-}" =~ ^[0-9]{3,5}$ && 10#$2 -le 50000 ]] || { usage >&2; exit 2; }
            count=$2
            shift
            ;;
        -h | --help) usage; exit 0 ;;
        *) echo "quickstart: unknown option '$1'" >&2; usage >&2; exit 2 ;;
    esac
    shift
done
[[ -t 1 ]] && bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m' || bold='' dim='' plain=''
say() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }

cmake/packages.sh build example || exit $?
cmake/build.sh release millbeck || fail "Millbeck did not build (above)"
millbeck=$PWD/build/release/millbeck
python=/usr/bin/python3 # Debian's, which sees Debian's python3-boto3

work=$(mktemp -d "${TMPDIR:-/tmp}/millbeck-quickstart.XXXXXX")
server= viewer=
# Ends the server; its exit code. What it said last has been shown when this returns.
stop_server() {
    local status=0
    kill -TERM "$server" 2>/dev/null || true
    wait "$server" || status=$?
    server=
    wait "$viewer" || true
    return "$status"
}
cleanup() {
    [[ -z "$server" ]] || stop_server || true
    rm -rf "$work"
}
trap cleanup EXIT
trap 'echo; echo "quickstart: interrupted, cleaning up" >&2; exit 130' INT TERM

# Millbeck's own output beside this script's: everything but the deliveries, and of those one in 25.
shown() {
    local line deliveries=0
    while IFS= read -r line; do
        [[ "$line" == *" delivered "*" record"* ]] && ((deliveries++ % 25)) && continue
        printf '  %s│%s %s\n' "$dim" "$plain" "$line"
    done
}

# The address that every client tries first, unless somebody has it already.
listen=127.0.0.1:8000
if (: </dev/tcp/127.0.0.1/8000) 2>/dev/null; then
    echo "Port 8000 is taken; using a free one."
    listen=127.0.0.1:0
fi

say "Starting Millbeck with examples/packages/millbeck.yaml"
export PACKAGES_DB=$work/totals.db
mkfifo "$work/pipe"
: >"$work/output"
tee -a "$work/output" <"$work/pipe" | shown &
viewer=$!
"$millbeck" dev --config examples/packages/millbeck.yaml --data "$work/data" --listen "$listen" \
    >"$work/pipe" 2>&1 &
server=$!

# The address stands in its own announcement; then it says by itself when it is ready.
address=
for ((tries = 0; tries < 200; ++tries)); do
    address=$(sed -n 's/.*listening on \(http:[^ ]*\).*/\1/p' "$work/output" | head -n 1)
    [[ -n "$address" ]] && break
    kill -0 "$server" 2>/dev/null || {
        stop_server || true
        fail "Millbeck ended before it was ready; its own words are above"
    }
    sleep 0.05
done
[[ -n "$address" ]] || fail "Millbeck did not say within 10 s where it listens"
export AWS_ENDPOINT_URL=$address
"$python" -B - "$address/health/ready" <<'PYTHON' || fail "$address/health/ready does not answer 200"
import sys, urllib.request
sys.exit(urllib.request.urlopen(sys.argv[1], timeout=10).status != 200)
PYTHON

say "Writing $count packages of Debian's package index with boto3 (one delivery of 25 is shown)"
"$python" -B examples/packages/feed.py "$count" || fail "the writes did not go through (above)"

"$millbeck" wait --drained --timeout 60s >/dev/null ||
    fail "the handler had not seen every change within 60 s; 'millbeck triggers' says why"

say "What the handler arrived at"
"$python" -B examples/packages/check.py "$count" "$PACKAGES_DB" || fail "the check failed (above)"

say "How soon the handler hears of a change, when little else is going on"
"$python" -B examples/packages/lag.py 100 || fail "the handler did not keep up (above)"
"$millbeck" triggers | sed 's/^/  /'

if [[ $keep == yes ]]; then
    say "Millbeck stays up until Ctrl-C. In another terminal:"
    cat <<TEXT

    export AWS_ENDPOINT_URL=$address
    export AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any AWS_DEFAULT_REGION=us-east-1

    aws --endpoint-url \$AWS_ENDPOINT_URL dynamodb put-item --table-name packages \\
        --item '{"name": {"S": "mill"}, "section": {"S": "utils"}, "installed_kb": {"N": "7"}}'
    aws --endpoint-url \$AWS_ENDPOINT_URL dynamodb get-item --table-name packages \\
        --key '{"name": {"S": "mill"}}'

    $millbeck tail packages
    $millbeck triggers
TEXT
    trap 'echo; say "Stopping"; exit 0' INT TERM
    wait "$server" || true
    stop_server || true
    fail "Millbeck ended by itself; its own words are above"
fi

say "Stopping"
stop_server || fail "Millbeck did not stop cleanly (exit code $?); see above"
say "Done. With --keep it stays up and says how to talk to it."
