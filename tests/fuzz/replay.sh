#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs every fuzzer on its corpus once: what was found stays found. A fuzzer without a corpus is an error.
# usage: replay.sh BUILD/fuzz
set -euo pipefail
fuzz=$1
count=0
for program in "$fuzz"/bin/*; do
  name=$(basename "$program")
  corpus=tests/fuzz/corpus/$name
  [ -n "$(ls -A "$corpus" 2>/dev/null)" ] || { echo "not ok - $name: no corpus in $corpus"; exit 1; }
  log=$fuzz/replay-$name.log
  if "$program" -runs=0 -timeout=30 "$corpus" > "$log" 2>&1; then
    echo "ok - $name: $(find "$corpus" -type f | wc -l) inputs"
  else
    tail -n 60 "$log"
    echo "not ok - $name"
    exit 1
  fi
  count=$((count + 1))
done
[ "$count" -gt 0 ] || { echo "not ok - no fuzzer in $fuzz/bin"; exit 1; }
