"""Reads batches and parts of a pouch as docs/spec/exchange.md describes them, with Python's standard library alone.

usage: exchange.py FILE.jsonl      reads vectors and writes one answer a line: `ok`, or the code of the refusal
"""
import hashlib
import json
import re
import sys

ENVELOPE_MAX = 8_388_608


class Refused(Exception):
    """One of the codes of the specification."""


def rule(kept, code):
    if not kept:
        raise Refused(code)


def unspelt(text):
    return b"".join(bytes(int(word[3:])) if word.startswith("00*") else bytes.fromhex(word) for word in text.split())


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def read_batch(body):
    framing, large = "exchange.framing", "exchange.too-large"
    rule(len(body) <= 16_777_216, large)
    rule(body[:15] == b"comity.batch/1\n", framing)
    at, count = 15, 0
    while at < len(body):
        rule(len(body) - at >= 4, framing)
        length = int.from_bytes(body[at : at + 4], "big")
        rule(length > 0, framing)
        rule(length <= ENVELOPE_MAX and count < 1024, large)
        rule(len(body) - at - 4 >= length, framing)
        at, count = at + 4 + length, count + 1


def read_header(line):
    form = "exchange.pouch-form"
    try:
        text = line.decode()
        header = json.loads(text)
    except ValueError:
        raise Refused(form) from None
    rule(isinstance(header, dict) and set(header) == {"created", "from", "id", "part", "parts", "to"}, form)
    rule(text == json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False), form)
    spelt = {
        "created": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
        "from": r"[a-z]{2}\.[a-z0-9-]+",
        "id": "[0-9a-f]{32}",
        "to": r"[a-z]{2}\.[a-z0-9-]+",
    }
    rule(all(isinstance(header[key], str) and re.fullmatch(how, header[key]) for key, how in spelt.items()), form)
    rule(all(type(header[key]) is int for key in ("part", "parts")), form)
    rule(1 <= header["part"] <= header["parts"] <= 9_999 and header["from"] != header["to"], form)
    return header


def read_part(file, here):
    form, damaged, cut = "exchange.pouch-form", "exchange.pouch-damaged", "exchange.pouch-cut"
    first = b"comity.pouch/1\n"
    rule(file and first.startswith(file[:15]), form)
    rule(len(file) >= 15, cut)
    ends = [14]
    for longest in (512, 64):
        end = file.find(b"\n", ends[-1] + 1, ends[-1] + 2 + longest)
        if end < 0:
            rule(len(file) > ends[-1] + 1 + longest, cut)
            raise Refused(damaged)
        ends.append(end)
    lines = sha256(file[: ends[1] + 1])
    rule(file[ends[1] + 1 : ends[2]] == lines.hex().encode(), damaged)
    header = read_header(file[15 : ends[1]])
    rule(header["to"] == here, "exchange.pouch-recipient")
    at, number = ends[2] + 1, 0
    while True:
        number, begins = number + 1, at
        rule(len(file) - at >= 13, cut)
        start, check = file[at : at + 5], file[at + 5 : at + 13]
        rule(check == sha256(lines, number.to_bytes(8, "big"), start)[:8], damaged)
        kind, length = start[0], int.from_bytes(start[1:], "big")
        rule(kind in (0, 1, 2) and (length == 32 if kind == 0 else (1, 25)[kind - 1] <= length <= ENVELOPE_MAX), form)
        rule(len(file) - at >= 13 + length + 32, cut)
        contents, digest = file[at + 13 : at + 13 + length], file[at + 13 + length : at + 45 + length]
        rule(digest == sha256(check, contents), damaged)
        at += 45 + length
        if kind == 0:
            rule(contents == sha256(file[:begins]) and at == len(file), damaged)
            return


def main():
    with open(sys.argv[1], encoding="utf-8") as vectors:
        for vector in map(json.loads, vectors):
            try:
                if "batch" in vector:
                    read_batch(unspelt(vector["batch"]))
                else:
                    read_part(unspelt(vector["part"]), vector["to"])
                print("ok")
            except Refused as code:
                print(code)


main()
