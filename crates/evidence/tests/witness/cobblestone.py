"""Seals and opens exhibits with nothing but Python's `cryptography`: one JSON object a line in, one a line out."""

import base64
import hashlib
import json
import sys

from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.exceptions import InvalidTag

for line in sys.stdin:
    case = json.loads(line)
    key, exhibit = bytes.fromhex(case["key"]), bytes.fromhex(case["exhibit"])
    if case["do"] == "seal":
        encryptor = Cobblestone256Encryptor(key, context=exhibit)
        sealed = encryptor.update(base64.b64decode(case["bytes"])) + encryptor.finalize()
        answer = {"bytes": base64.b64encode(sealed).decode()}
    else:
        decryptor = Cobblestone256Decryptor(key, context=exhibit)
        try:
            plain = decryptor.update(base64.b64decode(case["bytes"])) + decryptor.finalize()
            answer = {"size": len(plain), "sha256": hashlib.sha256(plain).hexdigest()}
        except InvalidTag:
            answer = {"refused": True}
    print(json.dumps(answer))
