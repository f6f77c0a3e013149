#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the libraries of wallets and this project's own wallet against a node with a chain of its own.
# usage: run.sh [eosjs | wharf | cleos | wallet]...   (default: all)
# BUILD: the build folder (default build).
set -euo pipefail
here=tests/clients
build=${BUILD:-build}
clients=$build/clients
if [ $# -eq 0 ]; then
  set -- eosjs wharf cleos wallet
fi

install() { # the locked packages, unless they are there
  cmp -s "$here/package-lock.json" "$clients/installed-lock.json" && return
  mkdir -p "$clients"
  rm -f "$clients/installed-lock.json"
  cp "$here/package.json" "$here/package-lock.json" "$clients/"
  (cd "$clients" && npm ci --ignore-scripts --no-audit --no-fund)
  cp "$here/package-lock.json" "$clients/installed-lock.json"
}

folder=$(mktemp -d)
node=
finish() {
  [ -z "$node" ] || kill -KILL "$node" 2>/dev/null || true
  rm -rf "$folder"
}
trap finish EXIT

start_node() {
  local key i
  "$build/bin/snapscaled" --make-key "$folder/key" >"$folder/public-key"
  key=$(grep -o 'PUB_K1_[0-9A-Za-z]*' "$folder/public-key")
  "$build/bin/snapscaled" --make-genesis "$folder/genesis.json" --key "$key" >/dev/null
  "$build/bin/snapscaled" --data-dir "$folder/data" --genesis "$folder/genesis.json" --producer-key "$folder/key" \
    --http-port 0 --workers 1 2>"$folder/log" &
  node=$!
  for ((i = 0; i < 1200; i++)); do
    NODE_URL=$(grep -o 'serving http://[0-9.:]*' "$folder/log" | cut -d' ' -f2) && break
    kill -0 "$node" 2>/dev/null || break
    sleep 0.1
  done
  [ -n "$NODE_URL" ] || { cat "$folder/log" >&2; echo "the node did not start" >&2; exit 1; }
  export NODE_URL NODE_KEY_FILE=$folder/key
}

stop_node() {
  local status=0
  kill -TERM "$node"
  wait "$node" || status=$?
  node=
  [ "$status" -eq 0 ] || { tail -n 40 "$folder/log"; echo "not ok - the node ended with $status"; return 1; }
  echo "ok - the node ended cleanly"
}

install
start_node
failed=0
for what in "$@"; do
  case $what in
    wallet) SNAPSCALE=${SNAPSCALE:-$build/bin/snapscale} python3 "$here/wallet.py" || failed=1 ;;
    *) NODE_PATH=$(realpath "$clients/node_modules") node "$here/$what.js" || failed=1 ;;
  esac
done
stop_node || failed=1
exit "$failed"
