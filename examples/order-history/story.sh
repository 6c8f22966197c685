#!/usr/bin/env bash
# Lives through the short life of order 42 and then finds out what happened to it. Needs a server
# with this folder's millbeck.yaml. Usage: story.sh [PATH OF millbeck]
set -euo pipefail

millbeck=${1:-millbeck}

# One item, as DynamoDB has it.
put() {
    echo "$1" | "$millbeck" import orders - >/dev/null
}

put '{"id": {"S": "42"}, "state": {"S": "new"}, "total": {"N": "31.50"}}'
put '{"id": {"S": "42"}, "state": {"S": "paid"}, "total": {"N": "31.50"}}'
put '{"id": {"S": "42"}, "state": {"S": "shipped"}, "total": {"N": "3150"}}'

echo "What is order 42 now?"
"$millbeck" get orders 42
echo
echo "A total of 3150? What happened?"
"$millbeck" history orders 42
echo
echo "And before that change?"
paid=$("$millbeck" history orders 42 --newest --limit 2 --json | grep -o '"sequence":"[0-9]*"' | sed -n 2p | tr -dc 0-9)
"$millbeck" get orders 42 --as-of "$paid"
