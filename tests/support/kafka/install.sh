#!/usr/bin/env bash
# Puts an Apache Kafka broker into build/kafka; once: the jars, and an empty broker's folder. What is
# fetched is kept over clones. Exit status 3: it cannot be had here.
set -euo pipefail
cd "$(dirname "$0")"
target=$PWD/../../../build/kafka

fail() {
    echo "tests/support/kafka/install.sh: $*" >&2
    exit 3
}

[[ ! -e $target/installed ]] || ! cmp -s pom.xml "$target/pom.xml" || exit 0

command -v java >/dev/null || fail "there is no java"
cache=${XDG_CACHE_HOME:-${HOME:-$target}/.cache}/millbeck/kafka/$(sha256sum <pom.xml | cut -c1-16)
if [[ ! -e $cache/installed ]]; then
    command -v mvn >/dev/null || fail "there is no mvn"
    echo "Fetching an Apache Kafka broker"
    rm -rf "$cache"
    mkdir -p "$cache/jars"
    # -C: a jar that does not fit its checksum is an error.
    mvn -q -B -C -f pom.xml org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
        -DincludeScope=runtime -DoutputDirectory="$cache/jars" >"$cache/maven.log" 2>&1 ||
        { tail -n 15 "$cache/maven.log" >&2; fail "maven could not fetch the broker (above); is there a network?"; }
    touch "$cache/installed"
fi

# An empty broker's folder, as every broker of the tests begins with.
rm -rf "$target"
mkdir -p "$target/empty"
cat >"$target/format.properties" <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:1
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:2,CONTROLLER://127.0.0.1:1
log.dirs=$target/empty
END
java -cp "$cache/jars/*" kafka.tools.StorageTool format -t bWlsbGJlY2stdGVzdHMtMQ \
    -c "$target/format.properties" >"$target/format.log" 2>&1 ||
    { tail -n 15 "$target/format.log" >&2; fail "the broker's folder could not be made (above)"; }
ln -sfn "$cache/jars" "$target/jars"
cp pom.xml "$target/"
touch "$target/installed"
