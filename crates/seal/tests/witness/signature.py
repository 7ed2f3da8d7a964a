"""Validates a detached signature with pyHanko and prints what it found.

usage: signature.py ROOT_DER SIGNATURE CONTENT MOMENT [TSA_ROOT_DER]
MOMENT (for example 2026-06-01T12:00:00+00:00) is the moment at which certificates are judged.
"""
import asyncio
import datetime
import sys

from asn1crypto import cms, x509
from pyhanko.sign.validation import async_validate_detached_cms
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext


def read(path):
    with open(path, "rb") as file:
        return file.read()


def main():
    root, signature, content, moment = sys.argv[1:5]

    def trusting(path):
        return ValidationContext(
            trust_roots=[x509.Certificate.load(read(path))],
            moment=datetime.datetime.fromisoformat(moment),
            allow_fetching=False,
        )

    signed_data = cms.ContentInfo.load(read(signature))["content"]
    status = asyncio.run(
        async_validate_detached_cms(
            read(content),
            signed_data,
            signer_validation_context=trusting(root),
            ts_validation_context=trusting(sys.argv[5]) if len(sys.argv) > 5 else None,
            key_usage_settings=KeyUsageConstraints(key_usage={"digital_signature"}),
        )
    )
    print(f"intact={status.intact} valid={status.valid} trusted={status.trusted}")
    stamp = status.timestamp_validity
    if stamp is not None:
        print(f"stamp intact={stamp.intact} valid={stamp.valid} trusted={stamp.trusted} at={stamp.timestamp.isoformat()}")


main()
