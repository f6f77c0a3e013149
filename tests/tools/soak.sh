#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the tests that take a seed with many of them, and says which seed failed.
# usage: soak.sh LOGS FIRST COUNT
set -euo pipefail
logs=$1 first=$2 count=$3
mkdir -p "$logs"
failed=0

# soak NAME COMMAND...: with SEED in its environment; its output is kept when it fails.
soak() {
  local log=$logs/$1-$seed.log
  shift
  if SEED=$seed timeout 600 "$@" >"$log" 2>&1; then
    rm "$log"
  else
    failed=$((failed + 1))
    echo "FAIL SEED=$seed $*: $log"
  fi
}

# Every job that the model's tests made, once: tens of thousands.
echo "all jobs of the model's tests on the RTL of the point engine"
build/tests/rtl_engine_whole --replay 0 build/tests/data/jobs_*.bin >"$logs/rtl_engine_replay.log" 2>&1 || {
  failed=1
  echo "FAIL rtl_engine_whole --replay: $logs/rtl_engine_replay.log"
}
for ((seed = first; seed < first + count; seed++)); do
  soak sim_twins build/tests/sim_twins
  soak rtl_field_mul256_netlist build/tests/rtl_field_mul256_netlist
  soak rtl_faults build/tests/rtl_faults 500
  for width in 128 256 512; do
    soak "rtl_pcie_$width" "build/tests/rtl_pcie_$width"
    soak "rtl_top_$width" "build/tests/rtl_top_$width" brief
  done
  soak offload_card tests/unit/with_card.sh --keep --model -- build/tests/offload_card_test CARD 20000 65536 "$seed"
  soak offload_card_faults tests/unit/offload_faults.sh "$seed" $((250 + seed % 100))
  echo "seed $seed: $((seed - first + 1)) of $count, $failed failed, $SECONDS s"
done
[ "$failed" -eq 0 ]
