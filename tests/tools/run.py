#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the tests that the *.tests files name and ends with the line 'N passed, N failed'. What failed is shown when it
fails, and shortly once more at the end, for those who see no more than that.

Each line of a *.tests file is `name seconds command...`: the command runs in the project's root and must
end within that many seconds. A command that prints TAP lines ("ok - what", "not ok - what") counts each
of them; one that prints none counts as one test by its exit code. Lines starting with '#' are comments.
`name` may end in '!' to ask that nothing else runs beside it.
"""
import argparse
import concurrent.futures
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple

TAP = re.compile(r"^(not )?ok\b(?: \d+)?(?: - (.*))?$")
LOG_TAIL_LINES = 60
# At the end: of all failed tests together about so many, of each within these bounds.
SUMMARY_LINES, SUMMARY_LINES_MIN, SUMMARY_LINES_MAX = 18, 4, 12
SUMMARY_COLUMNS = 160


class Test(NamedTuple):
    name: str
    seconds: int
    command: str
    alone: bool


class Outcome(NamedTuple):
    test: Test
    passed: int
    failed: int
    seconds: float
    why: str
    log: Path


def parse(path: Path) -> list:
    tests = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = line.split(None, 2)
        if len(parts) != 3 or not parts[1].isdigit():
            sys.exit(f"{path}:{number}: expected `name seconds command`")
        tests.append(Test(parts[0].rstrip("!"), int(parts[1]), parts[2], parts[0].endswith("!")))
    return tests


def execute(test: Test, logs: Path) -> Outcome:
    log = logs / f"{test.name}.log"
    start = time.monotonic()
    with log.open("wb") as stream:
        process = subprocess.Popen(["bash", "-c", test.command], stdin=subprocess.DEVNULL, stdout=stream,
                                   stderr=subprocess.STDOUT, start_new_session=True)
        try:
            code = process.wait(timeout=test.seconds)
            why = "" if code == 0 else f"exit code {code}"
        except subprocess.TimeoutExpired:
            why = f"took more than {test.seconds} s"
        finally:  # also what the command left behind in its process group
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
    lines = [TAP.match(line) for line in log.read_text(encoding="utf-8", errors="replace").splitlines()]
    failed = sum(1 for match in lines if match and match.group(1))
    passed = sum(1 for match in lines if match and not match.group(1))
    if why and not failed:
        failed = 1
    if not why and failed:
        why = f"{failed} checks failed"
    if not passed and not failed:
        passed = 1
    return Outcome(test, passed, failed, time.monotonic() - start, why, log)


def report(outcome: Outcome, done: int, total: int) -> None:
    mark = "FAIL" if outcome.failed else "ok  "
    print(f"[{done}/{total}] {mark} {outcome.test.name}: {outcome.passed} passed, {outcome.seconds:.1f} s"
          f"{', ' + outcome.why if outcome.why else ''}", flush=True)
    if outcome.failed:
        text = outcome.log.read_text(encoding="utf-8", errors="replace").splitlines()
        for line in text[-LOG_TAIL_LINES:]:
            print(f"    | {line}")
        print(f"    whole output: {outcome.log}\n    again: {outcome.test.command}", flush=True)


def summary(outcome: Outcome, lines_max: int) -> list:
    """Why it failed: its first failed checks, and the end of what stands behind the first of them, else of the log."""
    lines = outcome.log.read_text(encoding="utf-8", errors="replace").splitlines()
    bad = [number for number, line in enumerate(lines) if line.startswith("not ok")]
    checks = [lines[number] for number in bad[:lines_max // 4]]
    behind = lines[bad[0] + 1:] if bad else lines
    end = next((number for number, line in enumerate(behind) if bad and TAP.match(line)), len(behind))
    told = [line for line in behind[:end] if line.strip(" #-=")]
    room = lines_max - 1 - len(checks)
    return [f"{outcome.test.name}: {outcome.why}"] + [f"    | {line[:SUMMARY_COLUMNS]}" for line in checks + told[-room:]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--logs", type=Path, default=Path("build/test-logs"))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", default="", help="regular expression on the names")
    parser.add_argument("files", nargs="+", type=Path)
    arguments = parser.parse_args()
    tests = [test for path in sorted(arguments.files) for test in parse(path) if re.search(arguments.only, test.name)]
    names = [test.name for test in tests]
    doubled = {name for name in names if names.count(name) > 1}
    if doubled or not tests:
        sys.exit(f"test names used twice: {', '.join(sorted(doubled))}" if doubled else "no test to run")
    arguments.logs.mkdir(parents=True, exist_ok=True)
    outcomes = []
    lock = threading.Lock()

    def run(test: Test) -> None:
        outcome = execute(test, arguments.logs)
        with lock:
            outcomes.append(outcome)
            report(outcome, len(outcomes), len(tests))

    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:  # the longest first
        list(pool.map(run, sorted((test for test in tests if not test.alone), key=lambda test: -test.seconds)))
    for test in tests:
        if test.alone:
            run(test)
    failed = [outcome for outcome in outcomes if outcome.failed]
    if failed:
        lines_max = max(SUMMARY_LINES_MIN, min(SUMMARY_LINES_MAX, SUMMARY_LINES // len(failed)))
        print("\n".join(line for outcome in failed for line in summary(outcome, lines_max)))
        print(f"failed: {', '.join(outcome.test.name for outcome in failed)}")
    print(f"{sum(o.passed for o in outcomes)} passed, {sum(o.failed for o in outcomes)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
