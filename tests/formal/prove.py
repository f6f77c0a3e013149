#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves the assertions of a module and shows that the proof can fail.

  prove.py --name NAME --top MODULE --depth D [--induction K] [--cover C] [--param P=VALUE]...
           [--clocks free] [--define X]... [--mutants FILE] SOURCE.sv...

Three runs of yosys-smtbmc on the design, each a TAP line (by Yices, or by z3 where tests/formal/rules.mk has no Yices):
  base       no assertion fails in the first D steps, starting from the initial state
  induction  K steps without a failure are never followed by a failure, from whatever state: with the base
             case this is a proof without a bound. K must be below D. Without --induction the check is
             bounded, and its line says so.
  cover      every cover statement is reached within C steps: the assumptions leave room for what matters
Then, for each mutant, the base case must find a counterexample; a mutant that survives is a failure, because
then the assertions do not say what they should. So is a mutant that does not compile, or whose search text
is not found exactly once (the source has moved on: update the mutant).

A mutants file has a line for each: `name | search => replace | file`. search and replace are literal text,
without the blanks around; file is the end of one source's path. Empty lines and lines starting with # are
skipped.

How to write a proof: tests/formal/NAME_formal.sv holds a checker module that instantiates the module under
proof with free inputs (its own input ports), assumes what the environment promises, and asserts. Reset is the
checker's business, usually:
    logic past_valid_q;                  initial past_valid_q = 1'b0;
    always_ff @(posedge clk_i) past_valid_q <= 1'b1;
    always_comb if (!past_valid_q) assume (!rst_ni);
Invariants that induction needs about internal state stand at the end of the module itself, in `ifdef FORMAL
(the runner defines FORMAL), because Yosys cannot look into an instance from outside: a name like dut.state_q
would silently become a new undriven wire, so the runner refuses implicit wires. With one clock a step is a clock cycle (async resets become synchronous ones,
which act in the same step). With --clocks free every clock is an input of its own, a step is the smallest unit
of time, and the checker says which edges it allows.

Work files, the log of each run and the trace of a counterexample (*.vcd) land in build/formal/NAME. NAME must
be unique, parameters included: snap_fifo_sync_d4, for example.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple, Optional

BUILD = Path("build/formal")
TOOLS = Path("build/venv/bin").resolve()
SOLVER = "yices" if (TOOLS / "yices-smt2").exists() else "z3"


class Mutant(NamedTuple):
    name: str
    search: str
    replace: str
    file: str


class Broken(Exception):
    """The tools could not do their work: neither proof nor counterexample."""


def parse_mutants(path: Path) -> list:
    mutants = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        # Verilog has its own '|': the name ends at the first, the file starts behind the last.
        head, _, rest = line.partition(" | ")
        change, _, file = rest.rpartition(" | ")
        search, arrow, replace = change.partition(" => ")
        fields = [field.strip() for field in (head, search, replace, file)]
        if not arrow or not fields[0] or not fields[1] or not fields[3]:
            sys.exit(f"{path}:{number}: expected `name | search => replace | file`")
        mutants.append(Mutant(*fields))
    names = [mutant.name for mutant in mutants]
    if len(set(names)) != len(names) or not names:
        sys.exit(f"{path}: no mutant, or two of one name")
    return mutants


def mutate(sources: list, mutant: Mutant, folder: Path) -> list:
    """The sources with the mutant's file replaced by a changed copy in `folder`."""
    hits = [source for source in sources if source.as_posix().endswith("/" + mutant.file)]
    if len(hits) != 1:
        raise Broken(f"{len(hits)} sources end in {mutant.file}")
    text = hits[0].read_text(encoding="utf-8")
    if text.count(mutant.search) != 1:
        raise Broken(f"search text found {text.count(mutant.search)} times in {hits[0]}")
    copy = folder / hits[0].name
    copy.write_text(text.replace(mutant.search, mutant.replace), encoding="utf-8")
    return [copy if source == hits[0] else source for source in sources]


def run(command: list, log: Path, seconds: int) -> str:
    environment = {**os.environ, "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}"}
    try:
        process = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, timeout=seconds, check=False)
    except subprocess.TimeoutExpired as expired:
        log.write_bytes(expired.stdout or b"")
        raise Broken(f"took more than {seconds} s; log: {log}") from expired
    log.write_bytes(process.stdout)
    text = process.stdout.decode("utf-8", "replace")
    if command[0] == "yosys" and process.returncode != 0:
        raise Broken(f"yosys failed; log: {log}\n" + "\n".join(text.splitlines()[-8:]))
    return text


def compile_smt2(arguments: argparse.Namespace, sources: list, folder: Path) -> Path:
    defines = " ".join(f"-D {define}" for define in arguments.define)
    parameters = " ".join("-chparam {} {}".format(*param.split("=", 1)) for param in arguments.param)
    # An SMT model knows one kind of register: sampled every step, without reset or enable.
    clocks = "clk2fflogic" if arguments.clocks == "free" else "async2sync"
    smt2 = folder / "design.smt2"
    # -norom: a table as a memory would be a state that induction may begin with anything in.
    script = "; ".join([
        f"read_verilog -sv -formal -noautowire {defines} {' '.join(map(str, sources))}",
        f"hierarchy -check -top {arguments.top} {parameters}",
        "proc -norom", "flatten", "opt -keepdc", "check -assert", "memory -nomap", clocks,
        "chformal -assume -early", "memory_nordff", "setundef -undriven -anyseq",
        "opt -keepdc -fast", "dffunmap", "stat", f"write_smt2 -wires {smt2}"])
    run(["yosys", "-p", script], folder / "yosys.log", arguments.seconds)
    return smt2


def solve(smt2: Path, mode: list, steps: int, label: str, seconds: int) -> bool:
    """True when smtbmc says passed, False when it has a counterexample."""
    folder = smt2.parent
    # --unroll: z3 takes minutes over uninterpreted functions where plain terms take it milliseconds.
    command = ["yosys-smtbmc", "-s", SOLVER, "--unroll", "--noprogress", "--presat", *mode, "-t", str(steps),
               "--dump-vcd", str(folder / f"{label}.vcd"), str(smt2)]
    log = folder / f"{label}.log"
    text = run(command, log, seconds)
    status = re.findall(r"status: (\w+)", text.lower())
    if status == ["passed"]:
        return True
    if status == ["failed"]:
        return False
    raise Broken(f"no answer from yosys-smtbmc; log: {log}\n" + "\n".join(text.splitlines()[-8:]))


class Reporter:
    def __init__(self, name: str):
        self.name = name
        self.failed = 0
        self.since = time.monotonic()

    def line(self, good: bool, what: str, detail: str = "") -> None:
        now = time.monotonic()
        print(f"{'ok' if good else 'not ok'} - {self.name}: {what}", flush=True)
        print(f"# {now - self.since:.1f} s", flush=True)
        for text in detail.splitlines():
            print(f"# {text}", flush=True)
        self.since = now
        self.failed += not good


def prove(arguments: argparse.Namespace, folder: Path, report: Reporter) -> None:
    smt2 = compile_smt2(arguments, arguments.sources, folder)
    bounded = "" if arguments.induction else " (bounded: no induction)"
    runs = [("base", [], arguments.depth, f"holds for {arguments.depth} steps from reset{bounded}")]
    if arguments.induction:
        runs.append(("induction", ["-i"], arguments.induction, f"inductive over {arguments.induction} steps"))
    if arguments.cover:
        runs.append(("cover", ["-c"], arguments.cover, f"all cover points reached in {arguments.cover} steps"))
    for label, mode, steps, what in runs:
        try:
            good = solve(smt2, mode, steps, label, arguments.seconds)
            report.line(good, what, "" if good else f"see {folder}/{label}.log and {label}*.vcd")
        except Broken as broken:
            report.line(False, what, str(broken))


def kill(arguments: argparse.Namespace, mutant: Mutant, folder: Path, report: Reporter) -> None:
    place = folder / f"mutant-{mutant.name}"
    place.mkdir()
    what = f"mutant {mutant.name}"
    try:
        smt2 = compile_smt2(arguments, mutate(arguments.sources, mutant, place), place)
        survived = solve(smt2, [], arguments.depth, "base", arguments.seconds)
        report.line(not survived, what + (" survived" if survived else " killed"))
    except Broken as broken:
        report.line(False, what, str(broken))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--name", required=True)
    parser.add_argument("--top", required=True)
    parser.add_argument("--depth", required=True, type=int)
    parser.add_argument("--induction", type=int, default=0, metavar="K")
    parser.add_argument("--cover", type=int, default=0, metavar="C")
    parser.add_argument("--param", action="append", default=[], metavar="P=VALUE")
    parser.add_argument("--define", action="append", default=[])
    parser.add_argument("--clocks", choices=("one", "free"), default="one")
    parser.add_argument("--mutants", type=Path)
    parser.add_argument("--only", default="", help="regular expression on mutant names; skips the proof")
    parser.add_argument("--seconds", type=int, default=600, help="limit for each run of a tool")
    parser.add_argument("sources", nargs="+", type=Path)
    arguments = parser.parse_args()
    if not re.fullmatch(r"[\w.-]+", arguments.name):
        parser.error("--name: letters, digits, _ . - only")
    if arguments.induction and not 0 < arguments.induction < arguments.depth:
        parser.error("--induction must be below --depth")
    if any(not re.fullmatch(r"\w+=\w+", param) for param in arguments.param):
        parser.error("--param: P=VALUE")
    return arguments


def main() -> int:
    arguments = parse_arguments()
    mutants: Optional[list] = parse_mutants(arguments.mutants) if arguments.mutants else []
    folder = BUILD / arguments.name
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    report = Reporter(arguments.name)
    try:
        if not arguments.only:
            prove(arguments, folder, report)
    except Broken as broken:
        report.line(False, "compiles", str(broken))
    for mutant in mutants:
        if re.search(arguments.only, mutant.name):
            kill(arguments, mutant, folder, report)
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
