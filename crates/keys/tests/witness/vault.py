"""Opens and locks vaults as docs/spec/vault.md describes them, with nothing of Comity's own.

usage: vault.py open passphrase|key HEX FILE     writes the secret to standard output, or ends with the answer that the specification gives
       vault.py lock passphrase|key HEX FILE     locks standard input under a first line with the kind, label and public part in FILE (JSON)
HEX is the passphrase's bytes, or the key, in hexadecimal.
"""
import hmac
import json
import os
import re
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION = "comity.vault/1"
KINDS = ("root", "seal", "tls", "encryption", "ledger")


class Refused(Exception):
    """One of the answers of the specification."""


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def rule(kept, answer="keys.malformed"):
    if not kept:
        raise Refused(answer)


def hexadecimal(text, size):
    rule(isinstance(text, str) and re.fullmatch("[0-9a-f]{%d}" % (2 * size), text) is not None)
    return bytes.fromhex(text)


def shown(text, longest):
    rule(isinstance(text, str) and 1 <= len(text) <= longest)
    rule(not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in text))


def read(data):
    rule(len(data) <= 65536)
    end = data[:16384].find(b"\n")
    rule(end >= 0)
    try:
        line = json.loads(data[:end])
    except ValueError:
        raise Refused("keys.malformed") from None
    rule(isinstance(line, dict) and sorted(line) == ["check", "kind", "label", "lock", "public", "salt", "v"])
    rule(line["v"] == VERSION and line["kind"] in KINDS)
    shown(line["label"], 200)
    shown(line["public"], 16384)
    hexadecimal(line["salt"], 32)
    hexadecimal(line["check"], 32)
    lock = line["lock"]
    rule(isinstance(lock, dict))
    if lock.get("by") == "passphrase":
        rule(sorted(lock) == ["by", "kdf", "m", "p", "salt", "t"] and lock["kdf"] == "argon2id")
        rule(all(type(lock[n]) is int and 0 <= lock[n] < 2**32 for n in "mpt"))
        hexadecimal(lock["salt"], 16)
    else:
        rule(lock == {"by": "key"})
    rule(canonical(line) == data[:end])
    if lock["by"] == "passphrase":
        m, p, t = lock["m"], lock["p"], lock["t"]
        rule(1 <= p <= 4 and 8 * p <= m <= 262144 and 1 <= t <= 16, "keys.too-costly")
    rule(len(data) > end + 1 + 16)
    return line, data[:end + 1], data[end + 1:]


def derive(by, secret, line):
    lock = line["lock"]
    rule(by == lock["by"], "keys.other-lock")
    base = secret
    if by == "passphrase":
        salt = bytes.fromhex(lock["salt"])
        kdf = Argon2id(salt=salt, length=32, iterations=lock["t"], lanes=lock["p"], memory_cost=lock["m"])
        base = kdf.derive(secret)
    keys = HKDF(algorithm=SHA256(), length=76, salt=bytes.fromhex(line["salt"]), info=VERSION.encode()).derive(base)
    return keys[:32], keys[32:44], keys[44:]


def main():
    what, by, secret, path = sys.argv[1], sys.argv[2], bytes.fromhex(sys.argv[3]), sys.argv[4]
    with open(path, "rb") as file:
        data = file.read()
    if what == "open":
        line, associated, sealed = read(data)
        key, nonce, check = derive(by, secret, line)
        rule(hmac.compare_digest(check.hex(), line["check"]), "keys.wrong-secret")
        try:
            result = AESGCM(key).decrypt(nonce, sealed, associated)
        except InvalidTag:
            raise Refused("keys.damaged") from None
    elif what == "lock":
        lock = {"by": "key"}
        if by == "passphrase":
            lock = {"by": by, "kdf": "argon2id", "m": 64, "p": 2, "salt": os.urandom(16).hex(), "t": 2}
        line = dict(json.loads(data), lock=lock, salt=os.urandom(32).hex(), v=VERSION)
        key, nonce, check = derive(by, secret, line)
        associated = canonical(dict(line, check=check.hex())) + b"\n"
        result = associated + AESGCM(key).encrypt(nonce, sys.stdin.buffer.read(), associated)
    else:
        sys.exit(__doc__)
    sys.stdout.buffer.write(result)


try:
    main()
except Refused as refused:
    sys.exit(str(refused))
