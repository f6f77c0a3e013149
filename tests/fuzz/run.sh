#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fuzzes for a while, one fuzzer after the other. New inputs go to BUILD/fuzz/corpus/NAME, an input that
# crashes to BUILD/fuzz/crash-NAME-...; keep it in tests/fuzz/corpus/NAME when it is mended.
# usage: run.sh BUILD/fuzz SECONDS NAME...
set -euo pipefail
fuzz=$1 seconds=$2
shift 2
failed=()
for name in "$@"; do
  mkdir -p "$fuzz/corpus/$name"
  echo "== $name, $seconds s"
  "$fuzz/bin/$name" -max_total_time="$seconds" -timeout=30 -rss_limit_mb=4096 -print_final_stats=1 \
    -artifact_prefix="$fuzz/crash-$name-" "$fuzz/corpus/$name" "tests/fuzz/corpus/$name" 2>&1 |
    { grep --line-buffered -E '^(stat::|==|SUMMARY|#.*(pulse|DONE)|Test unit|artifact)|runtime error' || true; } || failed+=("$name")
done
if [ "${#failed[@]}" -gt 0 ]; then
  echo "crashed: ${failed[*]}" >&2
  exit 1
fi
