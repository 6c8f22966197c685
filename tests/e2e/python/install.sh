#!/usr/bin/env bash
# Puts the Python packages that requirements.txt names into build/python; once.
set -euo pipefail
cd "$(dirname "$0")"
target=../../../build/python

if cmp -s requirements.txt "$target/requirements.txt" && [[ -e $target/installed ]]; then
    exit 0
fi
rm -rf "$target"
mkdir -p "$target"
echo "Installing object mappers for Python into build/python"
/usr/bin/python3 -m pip install --quiet --root-user-action ignore --no-deps --require-hashes --target "$target" -r requirements.txt || {
    echo "tests/e2e/python/install.sh: pip could not fetch the packages (above); is there a network?" >&2
    exit 3
}
cp requirements.txt "$target/"
touch "$target/installed"
