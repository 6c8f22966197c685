#!/usr/bin/env bash
# Puts what functions for Lambda are made of into build/lambda; once: AWS's runtime interface client
# for Python, and a function built with AWS's library for Go.
set -euo pipefail
cd "$(dirname "$0")"
target=$PWD/../../../build/lambda

fail() {
    echo "tests/e2e/lambda/install.sh: $* (above); is there a network?" >&2
    exit 3
}

if ! cmp -s requirements.txt "$target/python/requirements.txt"; then
    rm -rf "$target/python"
    mkdir -p "$target/python"
    echo "Installing awslambdaric into build/lambda/python"
    /usr/bin/python3 -m pip install --quiet --root-user-action ignore --no-deps --require-hashes \
        --target "$target/python" -r requirements.txt || fail "pip could not fetch the packages"
    cp requirements.txt "$target/python/"
fi

bootstrap=$target/go/bootstrap
if [[ ! -x $bootstrap || go/main.go -nt $bootstrap || go/go.sum -nt $bootstrap ]]; then
    mkdir -p "$target/go"
    echo "Building a function with aws-lambda-go into build/lambda/go"
    (cd go && CGO_ENABLED=0 go build -trimpath -buildvcs=false -o "$bootstrap" .) ||
        fail "go could not build the function"
fi
