#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Offload on a simulated card that has every fault that the simulator knows, one after the other.
# usage: offload_faults.sh SEED WRONG (results before those that are wrong, 200 to 350)
#
# Every fault must strike, and in a life of the card of its own: the places are further apart than the 136 completions
# (four batches of 34) that are in flight; hang counts from the last reset. Wrong answers last for a batch: fewer may
# strike between its known answers, and nobody notices. Each time that the card is out, 27 times at most, up to 400 jobs
# go to the CPU.
set -euo pipefail
[ $# -eq 2 ] || { echo "usage: offload_faults.sh SEED WRONG" >&2; exit 2; }
exec tests/unit/with_card.sh --keep --model --expect-faults --fault ur:queue=0:after=20:count=40 \
  --fault "wrong:queue=0:after=$2:count=34" --fault lost:queue=0:after=470 --fault hang:queue=0:after=400 \
  --fault stale:queue=0:after=1050 --fault duplicate:queue=0:after=1200:count=10 --fault removal:queue=0:after=1400 \
  -- build/tests/offload_card_test CARD 14000 65536 "$1" spare_cpu
