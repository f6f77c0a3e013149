#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs build/tests/offload_card_test against a simulated card that waits for its client to come back, as one that was
# taken out must.
# usage: offload_card.sh JOBS LONGEST SEED [snapcard-sim's options]
set -euo pipefail

arguments=("$1" "$2" "$3")
shift 3
folder=$(mktemp -d)
card=
stop() {
  [ -z "$card" ] || kill "$card" 2>/dev/null || true
  rm -rf "$folder"
}
trap stop EXIT
mkfifo "$folder/ready"
build/bin/snapcard-sim --socket "$folder/card.sock" --keep "$@" >"$folder/ready" &
card=$!
read -r line <"$folder/ready"
[[ $line == ready:* ]] || { echo "not ok - snapcard-sim did not start"; exit 1; }
build/tests/offload_card_test "sim:$folder/card.sock" "${arguments[@]}"
