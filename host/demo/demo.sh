#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs demo-block against a virtual card of its own and ends with its exit code.
# usage: [CORRUPT=n] [FAULT=spec] [MODEL=1] [BIN=folder] demo.sh [demo-block's options]
set -euo pipefail

bin=${BIN:-build/bin}
folder=$(mktemp -d)
card=
stop() {
  [ -z "$card" ] || kill "$card" 2>/dev/null || true
  [ -z "$card" ] || wait "$card" 2>/dev/null || true
  rm -rf "$folder"
}
trap stop EXIT

options=(--socket "$folder/card.sock" --keep) # --keep: a card that is opened again must still be there
[ -z "${MODEL:-}" ] || [ "$MODEL" = 0 ] || options+=(--model)
# A fault without a place is put behind the card's self-test (25 completions with 21 results, some 34 reads), into the
# batch with the block's Merkle root.
case "${FAULT:-}" in
  '') ;;
  *:after=*) options+=(--fault "$FAULT") ;;
  wrong*) options+=(--fault "$FAULT:after=22") ;;
  ur* | ca* | poison* | timeout*) options+=(--fault "$FAULT:after=40") ;;
  *) options+=(--fault "$FAULT:after=27") ;;
esac

mkfifo "$folder/ready"
"$bin/snapcard-sim" "${options[@]}" >"$folder/ready" &
card=$!
if ! read -r -t 60 line <"$folder/ready" || [[ $line != ready:* ]]; then
  echo "error: snapcard-sim did not start" >&2
  exit 2
fi

# A fault can take the card away; the demo must find that out by itself.
code=0
"$bin/demo-block" --card "sim:$folder/card.sock" --corrupt "${CORRUPT:-0}" "$@" || code=$?
exit "$code"
