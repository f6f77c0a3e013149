#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""snapcard-sim as a program: its options, its socket, its end, its waveform, and that it sleeps when idle."""
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SIM = Path("build/bin/snapcard-sim").resolve()
EXAMPLE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
GUARD_SECONDS = 120  # nothing here takes long; this only keeps a hang from lasting


class Server:
    """A running simulator in the current folder."""

    def __init__(self, *options):
        self.process = subprocess.Popen([SIM, "--socket", "card.sock", *options], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert line == "ready: card.sock\n", (line, self.process.stderr.read())

    def end(self):
        """Waits for the end: (exit code, what it said on stderr)."""
        _, errors = self.process.communicate(timeout=GUARD_SECONDS)
        return self.process.returncode, errors

    def ends_well(self):
        end = self.end()
        assert end == (0, ""), end
        assert not Path("card.sock").exists()

    def processor_ticks(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])


class Client:
    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(GUARD_SECONDS)
        self.socket.connect("card.sock")
        self.command(1, struct.pack("=HH", 0, 1))

    def command(self, number, payload=b""):
        self.socket.sendall(struct.pack("=HHIII", 1, number, 16 + len(payload), 0, 0) + payload)
        size, flags, error = struct.unpack("=4xIII", self.receive(16))
        if flags & 0x20:
            raise OSError(error, os.strerror(error))
        return self.receive(size - 16)

    def receive(self, size):
        data = b""
        while len(data) < size:
            piece = self.socket.recv(size - len(data))
            assert piece, "the server closed the connection"
            data += piece
        return data

    def register(self, offset):
        return int.from_bytes(self.command(9, struct.pack("=QII", offset, 0, 4))[16:], "little")


def refuses(code, *options):
    done = subprocess.run([SIM, *options], capture_output=True, text=True, timeout=GUARD_SECONDS, check=False)
    assert done.returncode == code, (options, done)
    assert done.stdout == "" and done.stderr.startswith("snapcard-sim: ") or code == 2 and done.stderr, done
    return done.stderr


def test_options():
    done = subprocess.run([SIM, "--help"], capture_output=True, text=True, timeout=GUARD_SECONDS, check=False)
    assert done.returncode == 0 and "removal" in done.stdout and done.stderr == ""
    refuses(2, "--nothing")
    assert "stray" in refuses(2, "stray")
    refuses(2, "--seed", "x")
    refuses(2, "--model", "--trace", "t.fst")
    assert "unknown name" in refuses(2, "--fault", "rust")
    assert "lost" in refuses(2, "--fault", "lost:often")
    assert "nowhere" in refuses(1, "--trace", "nowhere/t.fst")
    assert "image folder: nowhere" in refuses(1, "--image", "nowhere")
    assert "image folder: nowhere" in refuses(1, "--model", "--image", "nowhere")
    assert "too long" in refuses(1, "--model", "--socket", "x" * 200)
    refuses(1, "--model", "--socket", "nowhere/card.sock")


def test_microcode():
    """Both cards find what the build made for their point engine, from whatever folder they are started."""
    for options in ((), ("--model",), ("--image", SIM.parent.parent / "engine")):
        server = Server(*options)
        client = Client()
        assert client.register(0x74) >> 16 > 0, "MICROCODE.WORDS"
        client.socket.close()
        server.ends_well()


def test_socket():
    Path("card.sock").write_text("mine")
    refuses(1, "--model", "--socket", "card.sock")
    assert Path("card.sock").read_text() == "mine", "a file that is no socket stays"
    Path("card.sock").unlink()
    left = socket.socket(socket.AF_UNIX)
    left.bind("card.sock")
    left.close()
    server = Server("--model")  # replaces what nobody listens on
    refuses(1, "--model", "--socket", "card.sock")  # but not a server that lives
    client = Client()
    assert client.register(0) == 0x50414E53
    client.socket.close()
    server.ends_well()


def test_signals():
    for number in (signal.SIGTERM, signal.SIGINT):
        for connected in (False, True):
            server = Server("--model")
            client = Client() if connected else None
            server.process.send_signal(number)
            server.ends_well()
            del client


def test_keep():
    server = Server("--model", "--keep")
    for _ in range(3):
        client = Client()
        client.command(10, struct.pack("=QIII", 0x10008, 0, 4, 4))
        assert client.register(0x10008) == 4
        client.socket.close()
        client = Client()
        assert client.register(0x10008) == 0, "the next client finds a card that was reset"
        client.socket.close()
    server.process.terminate()
    server.ends_well()


def test_expected_faults():
    """One that has not struck is a failure only when it was expected."""
    for options, expected in (((), (0, "")), (("--expect-faults",), (1, "fault lost: struck 0 of 3 times"))):
        server = Server("--model", "--fault", "lost:count=3", *options)
        Client().socket.close()
        code, errors = server.end()
        assert code == expected[0] and expected[1] in errors, (code, errors)
    server = Server("--model", "--expect-faults")
    Client().socket.close()
    server.ends_well()


def test_bad_clients():
    server = Server("--model")
    client = Client()
    client.socket.sendall(b"GET / HTTP/1.1\r\n\r\n")
    assert client.socket.recv(1) == b""
    code, errors = server.end()
    assert code == 1 and "client dropped" in errors
    server = Server("--model", "--keep")
    for garbage in (b"\xff" * 64, bytes(64), b"\1"):
        client = Client()
        client.socket.sendall(garbage)
        client.socket.shutdown(socket.SHUT_WR)
        assert client.socket.recv(1) == b""
    assert Client().register(0) == 0x50414E53
    server.process.terminate()
    assert server.end()[0] == 0


def test_sleeps():
    for options in ((), ("--model",)):
        server = Server(*options)
        client = Client()
        assert client.register(0) == 0x50414E53
        deadline = time.monotonic() + GUARD_SECONDS
        before = None
        while (now := server.processor_ticks()) != before:  # what the access set in motion comes to rest
            assert time.monotonic() < deadline, "an idle card takes processor time"
            before = now
            time.sleep(0.5)
        client.socket.close()
        server.ends_well()


def test_trace():
    server = Server("--trace", "t.fst")
    client = Client()
    assert client.register(0) == 0x50414E53
    client.socket.close()
    server.ends_well()
    assert Path("t.fst").stat().st_size > 1000


def test_documented_client(example):
    for options in ((), ("--model",)):
        server = Server(*options)
        done = subprocess.run([sys.executable, "-c", example], capture_output=True, text=True,
                              timeout=GUARD_SECONDS, check=False)
        assert done.stdout == "b'SNAP'\n", done
        server.ends_well()


def main():
    example = EXAMPLE.search(Path("docs/simulator.md").read_text(encoding="utf-8")).group(1)
    tests = [test_options, test_microcode, test_socket, test_signals, test_keep, test_expected_faults, test_bad_clients, test_sleeps,
             test_trace, lambda: test_documented_client(example)]
    names = [test.__name__ for test in tests[:-1]] + ["test_documented_client"]
    for name, test in zip(names, tests):
        with tempfile.TemporaryDirectory() as folder:
            home = os.getcwd()
            os.chdir(folder)
            try:
                test()
            finally:
                os.chdir(home)
        print(f"ok - {name}", flush=True)


if __name__ == "__main__":
    main()
