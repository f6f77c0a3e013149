#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The interface generator: one change in the source reaches all three outputs, a contradiction is refused."""
import subprocess
import sys
import tempfile
from pathlib import Path

GENERATE = "rtl/abi/generate.py"
SOURCE = Path("rtl/abi/snapcard.toml").read_text(encoding="utf-8")
FORMS = ("--sv", "--c", "--md")


def generate(text: str, form: str, folder: Path):
    """The generator's exit code, output and error text for a source."""
    source, output = folder / "abi.toml", folder / "out"
    source.write_text(text, encoding="utf-8")
    output.unlink(missing_ok=True)
    done = subprocess.run([sys.executable, GENERATE, str(source), form, str(output)], capture_output=True, text=True,
                          check=False)
    return done.returncode, output.read_text(encoding="utf-8") if output.exists() else "", done.stderr


def replaced(old: str, new: str) -> str:
    assert SOURCE.count(old) >= 1, f"the source has no {old!r}"
    return SOURCE.replace(old, new, 1)


CHANGES = {
    "a register's offset": replaced('name = "DOORBELL"\noffset = 0x28', 'name = "DOORBELL"\noffset = 0x3C'),
    "a register field's place": replaced('name = "CQ_HEAD", lsb = 16', 'name = "CQ_HEADS", lsb = 16'),
    "an opcode's value": replaced('name = "SM3"\nvalue = 0x11', 'name = "SM3"\nvalue = 0x13'),
    "a status code's value": replaced('name = "BAD_LENGTH"\nvalue = 0x12', 'name = "BAD_LENGTH"\nvalue = 0x19'),
    "a job field's size": replaced('name = "reserved0", bytes = 2', 'name = "reserved9", bytes = 2'),
    "a completion field's order": replaced('name = "timestamp"', 'name = "stamp"'),
    "a constant": replaced("value = 0x5C01", "value = 0x5C02"),
    "a verdict's code word": replaced("value = 0x339955AA", "value = 0x3399AA55"),
    "the length of a payload": replaced('{ payload = "ecdsa_recover_payload" }', '{ payload = "ecdsa_verify_payload" }'),
    "the most terms of a payload": replaced('payload = "msm_term", terms_max = 64', 'payload = "msm_term", terms_max = 63'),
    "the length with a flag": replaced('{ with = "ECHO", least = 1', '{ with = "ECHO", least = 2'),
    "the engine of an opcode": replaced('value = 0x11\nengine = "sm3"', 'value = 0x11\nengine = "sha256"'),
}
CONTRADICTIONS = {
    "registers that share an offset": replaced('name = "BUILD_ID"\noffset = 0x08', 'name = "BUILD_ID"\noffset = 0x04'),
    "overlapping register fields": replaced('name = "MAJOR", lsb = 16', 'name = "MAJOR", lsb = 15'),
    "a structure that does not add up": replaced('name = "cookie", bytes = 8', 'name = "cookie", bytes = 4'),
    "an opcode value used twice": replaced('name = "SM3"\nvalue = 0x11', 'name = "SM3"\nvalue = 0x10'),
    "opcode 0": replaced('name = "NOOP"\nvalue = 0x01', 'name = "NOOP"\nvalue = 0x00'),
    "an unknown flag": replaced('flags = ["ECHO"]', 'flags = ["ECO"]'),
    "a payload that no structure is": replaced('{ payload = "ecdsa_recover_payload" }', '{ payload = "recover" }'),
    "lengths that end within a step": replaced("step = 16, most = 9296", "step = 16, most = 9297"),
    "lengths beyond the longest message": replaced("step = 16, most = 9296", "step = 16, most = 0x100460"),
    "a form without lengths": replaced(
        '  { with = "MESSAGE", payload = "sm2_verify_payload", message = true },\n', ""),
    "lengths for a flag that the opcode lacks": replaced('with = "ECHO", least', 'with = "MESSAGE", least'),
    "an unknown engine": replaced('value = 0x11\nengine = "sm3"', 'value = 0x11\nengine = "sm5"'),
    "an unknown meaning of the result slot": replaced('slot = "echo"', 'slot = "ech"'),
    "code words too near to each other": replaced("value = 0x339955AA", "value = 0x3C9655AA"),
    "two verdicts with one code word": replaced("value = 0x339955AA", "value = 0x3C96A55A"),
    "a source that is no TOML": SOURCE + "\n[[",
}


def main() -> int:
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        before = {form: generate(SOURCE, form, folder)[1] for form in FORMS}
        results = [(f"{what} changes all three outputs",
                    all(code == 0 and out and out != before[form]
                        for form in FORMS for code, out, _ in [generate(text, form, folder)]))
                   for what, text in CHANGES.items()]
        for what, text in CONTRADICTIONS.items():
            code, out, error = generate(text, "--c", folder)
            results.append((f"{what}: refused with a reason", code == 1 and not out and error.strip() != ""))
    for what, good in results:
        print(f"{'ok' if good else 'not ok'} - {what}")
        failed += not good
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
