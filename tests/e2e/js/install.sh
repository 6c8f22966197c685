#!/usr/bin/env bash
# Puts the JavaScript client's packages, as the lock file names them, into build/js; once.
set -euo pipefail
cd "$(dirname "$0")"
target=../../../build/js

if cmp -s package-lock.json "$target/package-lock.json" && [[ -e $target/installed ]]; then
    exit 0
fi
mkdir -p "$target"
rm -f "$target/installed"
cp package.json package-lock.json "$target/"
echo "Installing the AWS SDK for JavaScript into build/js"
npm ci --prefix "$target" --no-audit --no-fund --loglevel=error || {
    echo "tests/e2e/js/install.sh: npm could not fetch the packages (above); is there a network?" >&2
    exit 3
}
touch "$target/installed"
