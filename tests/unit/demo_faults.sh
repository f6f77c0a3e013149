#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The demo from outside: verdicts, exit codes and what it says, whatever the card does.
# usage: demo_faults.sh model | rtl
#   model: every fault, in the self-test, around the block's Merkle job and behind it, on the C model of the card
#   rtl:   every fault once on the Verilated card
# In both, the block three times, by the card alone, by the CPU alone and by both: the verdicts must be the same.
set -euo pipefail

which=$1
export DEMO=${DEMO:-build/tests/demo-block} # under the sanitizers
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failures=0
export COUNT=3957 # signatures

# check NAME EXIT_CODE PYTHON-CONDITION COMMAND...: runs the command, which writes $folder/out.json unless the condition
# is about its output alone. In the condition: r the JSON, out the output, jobs by kind, said the events' texts.
check() {
  local name=$1 code=$2 condition=$3 actual=0
  shift 3
  rm -f "$folder/out.json"
  : >"$folder/told.txt"
  "$@" >"$folder/out.txt" 2>&1 || actual=$?
  if [ "$actual" -eq "$code" ] && CONDITION=$condition python3 - "$folder" >"$folder/told.txt" 2>&1 <<'PYTHON'
import json, os, re, sys
folder = sys.argv[1]
out = open(f"{folder}/out.txt", encoding="utf-8").read()
if os.path.exists(f"{folder}/out.json"):
    r = json.load(open(f"{folder}/out.json", encoding="utf-8"))
    jobs = {job["kind"]: job for job in r["jobs"]}
    merkle, ecdsa = jobs["merkle_sha256d"], jobs["ecdsa_secp256k1_verify"]
    said = " | ".join(f'{event["event"]}: {event["text"]}' for event in r["events"])
    for job in r["jobs"]:  # the fields that others rely on
        assert list(job) == ["kind", "count", "card", "cpu", "valid", "invalid", "cycles"], job
    for job in jobs.values():  # in every case: each job has one answer and one verdict
        assert job["card"] + job["cpu"] == job["valid"] + job["invalid"] == job["count"], job
    assert r["block"] == 413567 and merkle["count"] == 1 and ecdsa["count"] == int(os.environ["COUNT"])
    runs = {run["who"]: {job["kind"]: job for job in run["jobs"]}["ecdsa_secp256k1_verify"] for run in r["runs"]}
    bad = [run["invalid_signatures"] for run in r["runs"]]
    print("card and CPU:", {run["who"]: {j["kind"]: (j["card"], j["cpu"]) for j in run["jobs"]} for run in r["runs"]})
    print("invalid:", bad, "events:", said)
sys.exit(0 if eval("(" + os.environ["CONDITION"] + ")") else 1)
PYTHON
  then
    echo "ok - $name"
  else
    echo "not ok - $name (exit code $actual, expected $code and $condition)"
    cat "$folder/out.txt" "$folder/told.txt" | sed 's/^/# /'
    failures=$((failures + 1))
  fi
}

# demo ENVIRONMENT...: a card that is well must not look as if it stood still, however busy the machine is. (One that
# does, whose counter stops, is found sooner.)
demo() {
  env "$@" host/tools/demo.sh --json "$folder/out.json" --stall-ms 60000 --signatures "$COUNT" --runs "${RUNS:-both}"
}

valid='r["ok"] and merkle["valid"] == 1 and ecdsa["valid"] == 3957'

# What must be said of a fault that strikes in the stream of jobs. Completions that are swapped are no fault for the
# host: jobs may complete in any order. Only the card itself tells of it.
said() {
  case $1 in
    reorder) echo '"fault reorder" in out and "taken out" not in said' ;;
    wrong) echo 're.search("wrong answer|the CPU disagrees", said)' ;;
    lost) echo 're.search("taken out, interface broken: .*which is not there", said)' ;;
    hang) echo 're.search("taken out, (overdue|stalled): ", said)' ;;
    duplicate | stale) echo 're.search("taken out, interface broken: .*completion .* is wrong", said)' ;;
    removal) echo 're.search("taken out, gone: ", said)' ;;
    timeout | ur | ca | poison) echo "re.search('error status: status (FETCH|DATA)_${1^^} ', said)" ;;
  esac
}

# The card alone did all of them, but for the invalid ones, at which the CPU looks again. Of both, the CPU may be through
# with a few before the card gets to them.
three_runs='r["same_verdicts"] and list(runs) == ["card", "cpu", "both"] and runs["cpu"]["cpu"] == int(os.environ["COUNT"])
  and runs["card"]["card"] == int(os.environ["COUNT"]) - len(bad[0])'

faults=(lost duplicate stale reorder wrong hang timeout ur ca poison removal)
if [ "$which" = model ]; then
  export MODEL=1
  check "all on the CPU without a card" 0 "$valid and merkle['cpu'] == 1 and r['events'] == []" \
    "$DEMO" --json "$folder/out.json"
  check "a flipped bit is found and named" 1 \
    'not r["ok"] and r["invalid_signatures"] == [17] and ecdsa["invalid"] == 1 and "INVALID: signature 17" in out' \
    demo CORRUPT=17
  check "the last signature can be flipped too" 1 'r["invalid_signatures"] == [3957]' demo CORRUPT=3957
  check "no such signature" 2 '"there is no signature 3958" in out' "$DEMO" --corrupt 3958
  check "not a number" 2 '"takes a number" in out' "$DEMO" --corrupt -1
  check "an unknown option" 2 '"usage:" in out' "$DEMO" --no-such-option
  check "no data" 2 '"no-such-folder/" in out' "$DEMO" --data no-such-folder
  check "a card that is not there" 0 "$valid and 'not revived' in said and merkle['cpu'] == 1" \
    "$DEMO" --json "$folder/out.json" --card "sim:$folder/nobody"
  check "a card that is well" 0 "$valid and merkle['card'] == 1 and merkle['cycles'] > 100000 and
    r['cycles_from'] == 'model' and all(r['wall_seconds_of_kind'][kind] > 0 for kind in jobs)" demo
  RUNS=card,cpu,both check "three runs" 0 "$valid and $three_runs and runs['both']['card'] > 0" demo
  RUNS=card,cpu,both check "three runs, and a flipped bit" 1 "bad == [[17]] * 3 and $three_runs and
    runs['both']['card'] > 0" demo CORRUPT=17
  for fault in "${faults[@]}"; do
    check "$fault" 0 "$valid and ($(said $fault))" demo FAULT=$fault
    check "$fault, and a flipped bit" 1 'r["invalid_signatures"] == [17]' demo FAULT=$fault CORRUPT=17
    check "$fault in the self-test" 0 "$valid and 'fault $fault' in out" demo "FAULT=$fault:after=9"
    check "$fault again and again" 0 "$valid and 'fault $fault' in out" demo "FAULT=$fault:after=30:count=5"
  done
else
  check "a card that is well" 0 "$valid and merkle['card'] == 1 and merkle['cycles'] > 100000 and ecdsa['card'] > 0 and
    r['cycles_from'] == 'RTL'" demo
  # Of the 3,957 signatures so many as a test has time for.
  COUNT=64 RUNS=card,cpu,both check "three runs" 0 "r['ok'] and $three_runs" demo
  # Verdicts behind the Merkle root's known answers are the opposite: none gets out, and the CPU does their batch again. On a
  # busy machine a known job of another kind may be the first to be answered wrongly, before there is any verdict.
  COUNT=96 RUNS=card check "a lie about a signature" 0 "r['ok'] and ecdsa['valid'] == 96 and ecdsa['cpu'] >= 32 and
    re.search('wrong answer to a known [a-z0-9_]+ job', said)" demo FAULT=wrong:queue=0:after=2:count=40
  COUNT=64 RUNS=card,cpu,both check "three runs, and a flipped bit" 1 "bad == [[17]] * 3 and $three_runs" demo CORRUPT=17
  for fault in "${faults[@]}"; do
    check "$fault" 0 "$valid and ($(said $fault))" demo FAULT=$fault
  done
fi
[ "$failures" -eq 0 ]
