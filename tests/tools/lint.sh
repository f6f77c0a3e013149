#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Everything about the sources that needs no execution: formatting, layers, licence lines, stale generated
# files, RTL through its three front ends' rules. Compiler warnings are errors in every build already.
# usage: lint.sh "PACKAGE.sv..." VERILATOR_COMMAND...
set -uo pipefail
packages=$1
shift
failures=0

check() { # check WHAT COMMAND...
  local what=$1 output
  shift
  if output=$("$@" 2>&1); then
    echo "lint: $what: ok"
  else
    echo "lint: $what: FAILED"
    printf '%s\n' "$output" | tail -n 40 | sed 's/^/    | /'
    failures=$((failures + 1))
  fi
}

files() { # the project's own files with these endings, tracked or about to be
  git ls-files --cached --others --exclude-standard -- "$@" | sort -u | while read -r f; do [ -e "$f" ] && echo "$f"; done
}

formatting() { files '*.c' '*.h' '*.cpp' | xargs -r clang-format --dry-run -Werror; }

licences() {
  local missing
  missing=$(files '*.c' '*.h' '*.cpp' '*.sv' '*.py' '*.sh' '*.mk' Makefile | xargs -r grep -L 'SPDX-License-Identifier: Apache-2.0')
  [ -z "$missing" ] || { echo "no SPDX line: $missing"; return 1; }
}

python_syntax() { files '*.py' | xargs -r python3 -c 'import ast, sys; [ast.parse(open(f).read(), f) for f in sys.argv[1:]]'; }

shell_syntax() { files '*.sh' .ci/run | xargs -r -n 1 bash -n; }

reference_current() {
  local fresh
  fresh=$(mktemp)
  python3 rtl/abi/generate.py rtl/abi/snapcard.toml --md "$fresh" && cmp "$fresh" docs/card-reference.md ||
    { echo "docs/card-reference.md is stale: run make docs/card-reference.md"; rm -f "$fresh"; return 1; }
  rm -f "$fresh"
}

untracked_generated() { # what the build makes stays in build/
  local found
  found=$(git ls-files | grep -E '(^|/)(obj_dir|__pycache__)/|\.(o|a|so|fst|vcd)$' || true)
  [ -z "$found" ] || { echo "generated files in git: $found"; return 1; }
}

# shellcheck disable=SC2046  # file names of the project have no spaces
rtl_sources() { echo "$packages" $(files 'rtl/*.sv'); }

verilator_lint() { # verilator_lint WIDTH VERILATOR...
  local width=$1
  shift
  "$@" --lint-only -Wall -GDataWidth="$width" --top-module snapcard rtl/lint.vlt $(rtl_sources)
}

refuses_parameters() { # what no card can be must stop elaboration, by our own check
  local bad output
  # Without point engines where they are not the question: most of elaboration is theirs.
  for bad in {DataWidth=64,DataWidth=192,NumQueues=0,NumQueues=17,SlotReadTags=3,DataReadTags=128,NumSha256=17}" -GNumPoint=0" \
    NumPoint=5 PointThreads=12; do
    # shellcheck disable=SC2086  # two options
    output=$("$@" --lint-only -G$bad --top-module snapcard rtl/lint.vlt $(rtl_sources) 2>&1) &&
      { echo "snapcard elaborates with $bad"; return 1; }
    grep -q USERERROR <<<"$output" || { echo "$bad is refused, but by no check of ours: $output"; return 1; }
  done
}

yosys_read() { yosys -q -p "read_verilog -sv $(rtl_sources); hierarchy -check -top snapcard; proc; check -assert"; }

check formatting formatting
check "licence lines" licences
check layers tests/tools/layers.py
check "python syntax" python_syntax
check "shell syntax" shell_syntax
check "generated reference page" reference_current
check "nothing generated in git" untracked_generated
for width in 128 256 512; do
  check "verilator, $width bits" verilator_lint "$width" "$@"
done
check "impossible parameters are refused" refuses_parameters "$@"
check "yosys reads the RTL" yosys_read
exit $((failures > 0))
