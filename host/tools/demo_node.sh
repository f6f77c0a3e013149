#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Starts a virtual card and a node with a fresh chain, runs demo-node against it, and ends with its exit code.
# usage: [CARD=rtl|model|none] [BIN=folder of programs] [PORT=n] demo_node.sh [demo-node's options]
set -euo pipefail

bin=${BIN:-build/bin}
folder=$(mktemp -d)
card=
node=
stop() {
  for process in $node $card; do # the node first: it hands back the card
    kill "$process" 2>/dev/null || true
    wait "$process" 2>/dev/null || true
  done
  rm -rf "$folder"
}
trap stop EXIT

options=()
case "${CARD:-rtl}" in
  rtl)
    echo "the card: its RTL, compiled by Verilator, behind the driver that a real one has"
    ;;
  model)
    echo "the card: its C model"
    options+=(--model)
    ;;
  none) echo "no card: the CPU recovers all signers" ;;
  *)
    echo "error: CARD must be rtl, model or none, not '$CARD'" >&2
    exit 2
    ;;
esac
node_options=()
if [ "${CARD:-rtl}" != none ]; then
  mkfifo "$folder/ready"
  "$bin/snapcard-sim" --socket "$folder/card.sock" --keep "${options[@]}" >"$folder/ready" &
  card=$!
  if ! read -r -t 60 line <"$folder/ready" || [[ $line != ready:* ]]; then
    echo "error: snapcard-sim did not start" >&2
    exit 2
  fi
  node_options+=(--card "sim:$folder/card.sock")
fi

key=$("$bin/snapscaled" --make-key "$folder/producer.key")
"$bin/snapscaled" --make-genesis "$folder/genesis.json" --key "$key"
: >"$folder/node.log"
"$bin/snapscaled" --data-dir "$folder/data" --genesis "$folder/genesis.json" --producer-key "$folder/producer.key" \
  --http-port "${PORT:-0}" "${node_options[@]}" 2>"$folder/node.log" &
node=$!
url=
for ((tries = 0; tries < 600; tries++)); do
  url=$(grep -o -m 1 'serving http://[0-9.:]*' "$folder/node.log" | cut -d' ' -f2) && break
  kill -0 "$node" 2>/dev/null || break
  sleep 0.1
done
if [ -z "$url" ]; then
  cat "$folder/node.log" >&2
  echo "error: the node did not start" >&2
  exit 2
fi
echo "the node: $url"

code=0
"$bin/demo-node" --url "$url" --key "$folder/producer.key" "$@" || code=$?
kill "$node"
if ! wait "$node"; then
  cat "$folder/node.log" >&2
  echo "error: the node did not end well" >&2
  code=1
fi
node=
exit "$code"
