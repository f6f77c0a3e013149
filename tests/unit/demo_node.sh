#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The node's demo from outside: a node with the C model of the card, real transfers, the ledger compared with what was sent.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

check() { # check NAME COMMAND...
  local name=$1
  shift
  if "$@" >"$folder/out" 2>&1; then
    echo "ok - $name"
  else
    sed 's/^/# /' "$folder/out"
    echo "not ok - $name"
    exit 1
  fi
}

right() { # the figures of the result fit together, and both the card and the CPU have worked
  python3 - "$folder/out.json" <<'PYTHON'
import json, sys
r = json.load(open(sys.argv[1], encoding="utf-8"))
assert r["transfers_sent"] == r["transfers_accepted"] == 600 and r["transfers_refused"] == 0, r
# create and issue, then each account's creation and its first balance
assert r["transactions_in_blocks"] == 600 + 2 + 2 * r["accounts"], r
assert r["signatures_by_card"] + r["signatures_by_cpu"] >= r["transactions_in_blocks"], r
assert r["signatures_by_card"] > 0 and r["signatures_by_cpu"] > 0 and r["ledger_right"], r
PYTHON
}

refuses() { # refuses TEXT OPTION...: a wrong option is said, with exit code 2
  local text=$1 code=0
  shift
  build/bin/demo-node "$@" >"$folder/refused" 2>&1 || code=$?
  [ "$code" -eq 2 ] && grep -q -- "$text" "$folder/refused"
}

check "a node, a card and 600 transfers" env CARD=model host/tools/demo_node.sh --seconds 3 --rate 200 --accounts 20 \
  --json "$folder/out.json"
check "the result says what happened" right
check "without a card" env CARD=none host/tools/demo_node.sh --seconds 1 --rate 100 --accounts 2
check "a rate that is no number" refuses "--rate must be a number" --url http://127.0.0.1:1 --key /dev/null --rate 1x
check "a key that is none" refuses "no private key" --url http://127.0.0.1:1 --key tests/unit/demo_node.sh
