# SPDX-License-Identifier: Apache-2.0
"""Transactions of the Antelope family as a client makes them: names, packing, texts of keys, signing. Nothing here is
shared with the node, so that a mistake of one does not hide one of the other. Not for secrets: nonces are a counter."""
import hashlib
import secrets

from wallet_secp256k1 import DIGITS, G, N, add, base58_decode, multiply

NAME_DIGITS = ".12345abcdefghijklmnopqrstuvwxyz"


def name(text: str) -> bytes:
    value = 0
    for place in range(13):
        digit = NAME_DIGITS.index(text[place]) if place < len(text) else 0
        value = value << 4 | digit if place == 12 else value << 5 | digit
    return value.to_bytes(8, "little")


def varuint(value: int) -> bytes:
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def sized(data: bytes) -> bytes:
    return varuint(len(data)) + data


def symbol(precision: int, code: str) -> bytes:
    return bytes([precision]) + code.encode().ljust(7, b"\0")


def asset(amount: int, precision: int = 4, code: str = "SYS") -> bytes:
    """`amount` in the smallest unit."""
    return amount.to_bytes(8, "little", signed=True) + symbol(precision, code)


def transfer(sender: str, receiver: str, quantity: bytes, memo: bytes = b"") -> dict:
    data = name(sender) + name(receiver) + quantity + sized(memo)
    return action("eosio.token", "transfer", data, f"{sender}@active")


def action(account: str, what: str, data: bytes, *levels: str) -> dict:
    """Each level is "actor@permission"."""
    authorization = [dict(zip(("actor", "permission"), level.split("@"))) for level in levels]
    return {"account": account, "name": what, "authorization": authorization, "data": data.hex()}


def pack_action(one: dict) -> bytes:
    levels = b"".join(name(level["actor"]) + name(level["permission"]) for level in one["authorization"])
    return (name(one["account"]) + name(one["name"]) + varuint(len(one["authorization"])) + levels +
            sized(bytes.fromhex(one["data"])))


def pack(transaction: dict) -> bytes:
    """`expiration` in seconds since 1970; what is missing is 0 or empty. Extensions are (number, data)."""
    part = {"max_net_usage_words": 0, "max_cpu_usage_ms": 0, "delay_sec": 0, "context_free_actions": (),
            "transaction_extensions": (), **transaction}
    out = part["expiration"].to_bytes(4, "little") + part["ref_block_num"].to_bytes(2, "little")
    out += part["ref_block_prefix"].to_bytes(4, "little") + varuint(part["max_net_usage_words"])
    out += bytes([part["max_cpu_usage_ms"]]) + varuint(part["delay_sec"])
    for actions in (part["context_free_actions"], part["actions"]):
        out += varuint(len(actions)) + b"".join(map(pack_action, actions))
    extensions = [number.to_bytes(2, "little") + sized(data) for number, data in part["transaction_extensions"]]
    return out + varuint(len(extensions)) + b"".join(extensions)


def digest(chain_id: str, packed: bytes) -> bytes:
    return hashlib.sha256(bytes.fromhex(chain_id) + packed + bytes(32)).digest()


# -------------------------------------------------------------------- keys and signatures
def base58(data: bytes) -> str:
    value, text = int.from_bytes(data, "big"), ""
    while value:
        value, digit = divmod(value, 58)
        text = DIGITS[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def with_check(prefix: str, data: bytes) -> str:
    return prefix + base58(data + hashlib.new("ripemd160", data + b"K1").digest()[:4])


def signature_text(recovery: int, r: int, s: int) -> str:
    return with_check("SIG_K1_", bytes([31 + recovery & 255]) + r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def canonical(r: int, s: int) -> bool:
    """As the family has it: neither has a leading bit, nor is shorter than 32 bytes."""
    return all(number >> 255 == 0 and number >> 247 != 0 for number in (r, s)) and s <= N // 2


class Key:
    def __init__(self, secret: int) -> None:
        self.secret = secret
        point = multiply(secret, G)
        self.text = with_check("PUB_K1_", bytes([2 + (point[1] & 1)]) + point[0].to_bytes(32, "big"))
        self.nonce = secrets.randbelow(N // 2) + 1
        self.point = multiply(self.nonce, G)

    @staticmethod
    def load(path: str) -> "Key":
        with open(path, encoding="ascii") as file:
            text = file.read().strip()
        assert text.startswith("PVT_K1_")
        return Key(int.from_bytes(base58_decode(text[7:], 36)[:32], "big"))

    def numbers(self, what: bytes) -> tuple:
        """recovery, r, s of a canonical signature of a digest; another one at each call. A nonce follows the other, so
        that a signature costs one sum of points."""
        while True:
            self.nonce, self.point = self.nonce + 1, add(self.point, G)
            recovery, r = self.point[1] & 1, self.point[0]
            s = pow(self.nonce, -1, N) * (int.from_bytes(what, "big") + r * self.secret) % N
            if s > N // 2:
                recovery, s = recovery ^ 1, N - s
            if r < N and canonical(r, s):
                return recovery, r, s

    def sign(self, what: bytes) -> str:
        return signature_text(*self.numbers(what))
