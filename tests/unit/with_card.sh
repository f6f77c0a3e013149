#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs a command against a simulated card of its own.
# usage: with_card.sh [SIM OPTION...] -- COMMAND [ARGUMENT...]
# The word CARD among the arguments becomes the card's address. Fails when the command or the simulator does. The
# simulator ends with its client; with the option --keep, for one that opens the card again and again, it is stopped.
set -euo pipefail

options=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  options+=("$1")
  shift
done
[ $# -ge 2 ] || { echo "usage: with_card.sh [SIM OPTION...] -- COMMAND [ARGUMENT...]" >&2; exit 2; }
shift

folder=$(mktemp -d)
simulator=
cleanup() {
  [ -z "$simulator" ] || kill "$simulator" 2>/dev/null || true
  rm -rf "$folder"
}
trap cleanup EXIT

socket=$folder/card
mkfifo "$folder/out"
"${SNAPCARD_SIM:-build/bin/snapcard-sim}" --socket "$socket" "${options[@]}" >"$folder/out" &
simulator=$!
read -r line <"$folder/out" || { echo "the simulator did not start" >&2; exit 1; }
[ "$line" = "ready: $socket" ] || { echo "the simulator said: $line" >&2; exit 1; }

status=0
"${@/#CARD/sim:$socket}" || status=$?
[ "$status" -eq 0 ] || { echo "# the command ended with $status" >&2; exit "$status"; }
[[ " ${options[*]} " != *" --keep "* ]] || kill "$simulator"
# One that does not end with its client is caught by the runner's time limit.
wait "$simulator" || { echo "# the simulator ended with $?" >&2; exit 1; }
simulator=
