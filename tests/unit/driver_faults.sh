#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The driver against each fault that the simulator can inject.
# usage: driver_faults.sh [SIM OPTION...]
set -uo pipefail
failures=0

expect() { # expect FAULT OUTCOME [SIM OPTION...]
  local fault=$1 outcome=$2
  shift 2
  tests/unit/with_card.sh --fault "$fault" "$@" -- build/tests/driver_faults CARD "$outcome" || failures=$((failures + 1))
}

expect lost broken "$@"
expect duplicate:after=63 broken "$@"  # earlier ones are overwritten by the next completion
expect stale broken "$@"
expect reorder fine "$@"               # jobs may complete in any order
expect wrong fine "$@"                 # the driver cannot know; who uses it must
expect hang stalled "$@"
expect timeout FETCH_TIMEOUT "$@"
expect ur FETCH_UR "$@"
expect ca FETCH_CA "$@"
expect poison FETCH_POISON "$@"
expect removal gone "$@"
exit $((failures > 0))
