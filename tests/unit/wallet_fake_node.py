# SPDX-License-Identifier: Apache-2.0
"""A node for the wallet's tests: it answers as it is told, remembers what it was asked, and knows no ledger."""
import base64
import http.server
import json
import threading

CHAIN_ID = "cf057bbfb72640471fd910bcb67639c22df9f92470936cddc1ade0e2f2e7dc4f"
FINAL_HEIGHT = 0x00012345
FINAL_ID = "00012345" + "aabbccdd" + "01020304" + "11" * 20
HEAD_TIME = "2030-01-01T00:00:00.500"


def packed_abi() -> bytes:
    """The ABI of a token with one action, packed by hand."""
    def text(value: str) -> bytes:
        return bytes([len(value)]) + value.encode()

    fields = [("from", "name"), ("to", "name"), ("quantity", "asset"), ("memo", "string")]
    structs = bytes([1]) + text("transfer") + text("") + bytes([len(fields)])
    structs += b"".join(text(name) + text(kind) for name, kind in fields)
    actions = bytes([1]) + name_value("transfer").to_bytes(8, "little") + text("transfer") + text("")
    return text("eosio::abi/1.1") + bytes([0]) + structs + actions + bytes(5)


def name_value(text: str) -> int:
    alphabet = ".12345abcdefghijklmnopqrstuvwxyz"
    value = 0
    for place in range(12):
        value = value << 5 | (alphabet.index(text[place]) if place < len(text) else 0)
    return value << 4


class FakeNode:
    """answers: path -> (status, JSON or bytes), or a function from the request to that."""

    def __init__(self) -> None:
        self.calls = []
        self.answers = {
            "/v1/chain/get_info": (200, {
                "server_version": "0", "chain_id": CHAIN_ID, "head_block_num": FINAL_HEIGHT + 2,
                "last_irreversible_block_num": FINAL_HEIGHT, "last_irreversible_block_id": FINAL_ID,
                "head_block_time": HEAD_TIME}),
            "/v1/chain/get_raw_abi": (200, {"abi": base64.b64encode(packed_abi()).decode()}),
            "/v1/chain/get_required_keys": lambda request: (200, {"required_keys": request["available_keys"][:1]}),
        }
        node = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # the name that http.server asks for
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                request = json.loads(body) if body else None
                node.calls.append((self.path, request))
                answer = node.answers.get(self.path, (404, {"code": 404, "message": "Not Found", "error": {
                    "code": 0, "name": "exception", "what": "unspecified", "details": [
                        {"message": "Unknown Endpoint", "file": "", "line_number": 0, "method": ""}]}}))
                status, value = answer(request) if callable(answer) else answer
                data = value if isinstance(value, bytes) else json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                try:
                    self.wfile.write(data)
                except (BrokenPipeError, ConnectionResetError):
                    pass  # the client has had enough

            def log_message(self, *_arguments) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def paths(self) -> list:
        return [path for path, _request in self.calls]

    def request(self, path: str) -> dict:
        """What was posted to the path last."""
        return [request for called, request in self.calls if called == path][-1]
