"""Opens and seals envelopes and wrapped keys as docs/spec/envelope.md describes them, with nothing of Comity's own.

usage: envelope.py open SEED FILE            writes the contents to standard output
       envelope.py seal SEED FILE            seals standard input to the key of SEED, under the header line in FILE
       envelope.py unwrap SEED FILE          opens a wrapped exhibit key (JSON) and writes it to standard output
SEED is the recipient's 32-byte X-Wing seed in hexadecimal.
"""
import base64
import hashlib
import json
import sys

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PrivateKey, Suite

SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
FIRST_LINE = b"comity.envelope/1\n"


def private_key(seed):
    """X-Wing: SHAKE-256 stretches the seed to 64 bytes for ML-KEM-768 and 32 for X25519."""
    stretched = hashlib.shake_256(seed).digest(96)
    mlkem = MLKEM768PrivateKey.from_seed_bytes(stretched[:64])
    x25519 = X25519PrivateKey.from_private_bytes(stretched[64:])
    public = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
    return MLKEM768X25519PrivateKey(mlkem, x25519), hashlib.sha256(public).hexdigest()[:32]


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def main():
    what, seed, path = sys.argv[1], bytes.fromhex(sys.argv[2]), sys.argv[3]
    private, key_id = private_key(seed)
    with open(path, "rb") as file:
        data = file.read()
    if what == "open":
        assert data.startswith(FIRST_LINE), "not an envelope"
        end = data.index(b"\n", len(FIRST_LINE)) + 1
        header = json.loads(data[len(FIRST_LINE):end])
        assert canonical(header) == data[len(FIRST_LINE):end - 1], "header is not canonical"
        assert header["key"] == key_id, "sealed to another key"
        result = SUITE.decrypt(data[end:], private, info=data[:end])
    elif what == "seal":
        info = FIRST_LINE + data + b"\n"
        assert json.loads(data)["key"] == key_id, "header names another key"
        result = info + SUITE.encrypt(sys.stdin.buffer.read(), private.public_key(), info=info)
    elif what == "unwrap":
        wrapped = json.loads(data)
        bound = {name: wrapped[name] for name in ("exhibit", "key", "recipient")}
        assert bound["key"] == key_id, "wrapped to another key"
        info = b"comity.exhibit-key/1\n" + canonical(bound)
        result = SUITE.decrypt(base64.b64decode(wrapped["wrapped"]), private, info=info)
    else:
        sys.exit(__doc__)
    sys.stdout.buffer.write(result)


main()
