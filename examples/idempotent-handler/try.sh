#!/usr/bin/env bash
# Lets every handler get a batch twice, and counts what came of it. Needs a server with this folder's
# millbeck.yaml. Usage: try.sh [PATH OF millbeck]
set -euo pipefail

millbeck=${1:-millbeck}
cd "$(dirname "$0")"

order() {
    echo "{\"id\": {\"S\": \"$1\"}}" | "$millbeck" import orders - >/dev/null
    "$millbeck" wait --drained >/dev/null
}

for handler in careless careful; do
    rm -f "charges-$handler"
    "$millbeck" inject duplicate-batch "orders-$handler" >/dev/null
done
order "$RANDOM-1"
order "$RANDOM-2"

for handler in careless careful; do
    charges=$(wc -l <"charges-$handler")
    verdict=$([ "$charges" -eq 2 ] && echo "idempotent" || echo "NOT idempotent")
    echo "$handler: $charges charges for 2 orders: $verdict"
done
"$millbeck" inject
