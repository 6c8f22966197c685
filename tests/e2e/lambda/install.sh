#!/usr/bin/env bash
# Puts what functions for Lambda are made of into build/lambda; once: AWS's runtime interface clients
# and Powertools for Python and JavaScript, and functions built with AWS's libraries for Go and Rust.
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
    echo "Installing awslambdaric and Powertools into build/lambda/python"
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

# What takes a minute to build is kept over clones, as ccache keeps objects.
cache=${XDG_CACHE_HOME:-${HOME:-$target}/.cache}/millbeck

if ! cmp -s js/package-lock.json "$target/js/package-lock.json" || [[ ! -e $target/js/installed ]]; then
    mkdir -p "$target/js"
    rm -f "$target/js/installed"
    cp js/package.json js/package-lock.json "$target/js/"
    echo "Installing aws-lambda-ric and Powertools into build/lambda/js"
    npm ci --prefix "$target/js" --ignore-scripts --no-audit --no-fund --loglevel=error ||
        fail "npm could not fetch the packages"
    client=$target/js/node_modules/aws-lambda-ric
    addon=$cache/aws-lambda-ric/$(cat js/package-lock.json <(node --version) | sha256sum | cut -c1-16).node
    if [[ ! -e $addon ]]; then
        echo "Building the addon of aws-lambda-ric"
        # With headers from this machine: nothing is fetched. Debian's node has them in a package of
        # its own, others bring them along.
        [[ -e /usr/include/node/node.h ]] || ../../../cmake/packages.sh node-headers
        npm_config_nodedir=/usr npm rebuild --prefix "$target/js" aws-lambda-ric \
            >"$target/js/addon.log" 2>&1 || { tail -n 30 "$target/js/addon.log" >&2; fail "npm could not build the addon"; }
        mkdir -p "${addon%/*}"
        cp "$client/dist/rapid-client.node" "$addon.new"
        mv "$addon.new" "$addon"
    fi
    cp "$addon" "$client/dist/rapid-client.node"
    touch "$target/js/installed"
fi

bootstrap=$target/rust/bootstrap
if [[ ! -x $bootstrap || rust/main.rs -nt $bootstrap || rust/Cargo.lock -nt $bootstrap ]]; then
    mkdir -p "$target/rust"
    echo "Building a function with lambda_runtime into build/lambda/rust"
    cargo build --quiet --release --locked --manifest-path rust/Cargo.toml \
        --target-dir "$cache/cargo" || fail "cargo could not build the function"
    cp "$cache/cargo/release/bootstrap" "$bootstrap"
fi
