#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs demo-block against a virtual card of its own and ends with its exit code.
# usage: [CORRUPT=n] [FAULT=spec] [MODEL=1] [DEMO=program] demo.sh [demo-block's options]
set -euo pipefail

folder=$(mktemp -d)
card=
stop() {
  [ -z "$card" ] || kill "$card" 2>/dev/null || true
  [ -z "$card" ] || wait "$card" 2>/dev/null || true
  rm -rf "$folder"
}
trap stop EXIT

options=(--socket "$folder/card.sock" --keep) # --keep: a card that is opened again must still be there
if [ -z "${MODEL:-}" ] || [ "$MODEL" = 0 ]; then
  cycles=RTL
  echo "the card: its RTL, compiled by Verilator; cycles are those it takes"
else
  cycles=model
  options+=(--model)
  echo "the card: its C model; cycles are the model's, not measured on the RTL"
fi
# A fault without a place is put behind the card's self-test (some 25 completions and results, fewer than 100 reads, and
# those of the point engine's known answers), into the batch with the block's Merkle root or the next: completions 27 to
# 29 behind the known answers are that batch's. Doubled is the last of them, which no other follows at once, and exchanged
# are those that come soon behind each other.
points=35 # known answers of the opcodes that the card announces
case "${FAULT:-}" in
  '') ;;
  *:*) options+=(--fault "$FAULT") ;;
  duplicate) options+=(--fault "$FAULT:after=$((28 + points))") ;;
  reorder) options+=(--fault "$FAULT:after=$((26 + points))") ;;
  wrong) options+=(--fault "$FAULT:after=$((23 + points))") ;;
  ur | ca | poison | timeout) options+=(--fault "$FAULT:after=$((110 + 2 * points))") ;;
  *) options+=(--fault "$FAULT:after=$((27 + points))") ;;
esac

mkfifo "$folder/ready"
build/bin/snapcard-sim "${options[@]}" >"$folder/ready" &
card=$!
if ! read -r -t 60 line <"$folder/ready" || [[ $line != ready:* ]]; then
  echo "error: snapcard-sim did not start" >&2
  exit 2
fi

# A fault can take the card away; the demo must find that out by itself.
code=0
"${DEMO:-build/bin/demo-block}" --card "sim:$folder/card.sock" --cycles $cycles --corrupt "${CORRUPT:-0}" "$@" || code=$?
exit "$code"
