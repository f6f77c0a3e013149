#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs demo-block against a virtual card of its own and ends with its exit code.
# usage: [CORRUPT=n] [FAULT=spec] [MODEL=1] [DEMO=program] [SNAPCARD_SIM=program] demo.sh [demo-block's options]
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
# A fault without a place strikes the first jobs: it counts events of queue 0, which is offload's (the card's self-test
# has a queue of its own), so that nothing depends on how many jobs a self-test has. First come the three jobs of the
# batch with the block's Merkle root, beside them at most six of the first signatures, and before them, on a busy machine,
# two known questions. Doubled are as many as that, for the double of a completion lasts only until the next one is written
# over it, and a busy host may look no sooner than when all are there. Exchanged are the first two, which come soon behind
# each other. The root's 62 KB are most of the first reads.
case "${FAULT:-}" in
  '') ;;
  *:*) options+=(--fault "$FAULT") ;;
  duplicate) options+=(--fault "$FAULT:queue=0:after=0:count=11") ;;
  reorder) options+=(--fault "$FAULT:queue=0:after=0") ;;
  ur | ca | poison | timeout) options+=(--fault "$FAULT:queue=0:after=40") ;;
  *) options+=(--fault "$FAULT:queue=0:after=1") ;;
esac

mkfifo "$folder/ready"
"${SNAPCARD_SIM:-build/bin/snapcard-sim}" "${options[@]}" >"$folder/ready" &
card=$!
if ! read -r -t 60 line <"$folder/ready" || [[ $line != ready:* ]]; then
  echo "error: snapcard-sim did not start" >&2
  exit 2
fi

# A fault can take the card away; the demo must find that out by itself.
code=0
"${DEMO:-build/bin/demo-block}" --card "sim:$folder/card.sock" --cycles $cycles --corrupt "${CORRUPT:-0}" "$@" || code=$?
exit "$code"
