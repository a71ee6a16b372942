"""pyHanko signs: one command a line, fields separated by tabs; every answer ends with a line "end".

  trust FILE...                              trust anchors, PEM, for the revocation information that B-LT and B-LTA enclose
  sign KIND IN OUT P12 PASSWORD TSA FIELD    KIND: B-B, B-T, B-LT, B-LTA; pkcs7 (adbe.pkcs7.detached, which is no PAdES);
                                             certify-1, certify-2, certify-3 (B-B that permits so much); visible (B-B)
  stamp IN OUT TSA                           another document time stamp, and before it what validates the last one
"""

import asyncio
import sys

from asn1crypto import pem, x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, PdfTimeStamper, SimpleSigner
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.timestamps import HTTPTimeStamper
from pyhanko.stamp import TextStampStyle
from pyhanko_certvalidator import ValidationContext

anchors = []


def trust(paths):
    for path in paths:
        with open(path, "rb") as file:
            for _, _, der in pem.unarmor(file.read(), multiple=True):
                anchors.append(x509.Certificate.load(der))


def context():
    return ValidationContext(trust_roots=anchors, allow_fetching=True, revocation_mode="hard-fail")


async def sign(kind, source, target, p12, password, tsa, field):
    signer = SimpleSigner.load_pkcs12(p12, passphrase=password.encode())
    certify = kind.startswith("certify-")
    long_term = kind in ("B-LT", "B-LTA")
    metadata = PdfSignatureMetadata(
        field_name=field,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.ADOBE_PKCS7_DETACHED if kind == "pkcs7" else SigSeedSubFilter.PADES,
        certify=certify,
        docmdp_permissions=MDPPerm(int(kind[-1])) if certify else MDPPerm.FILL_FORMS,
        embed_validation_info=long_term,
        use_pades_lta=kind == "B-LTA",
        validation_context=context() if long_term else None,
    )
    stamped = kind in ("B-T", "B-LT", "B-LTA")
    visible = kind == "visible"
    with open(source, "rb") as file:
        out = await PdfSigner(
            metadata,
            signer,
            timestamper=HTTPTimeStamper(tsa) if stamped else None,
            stamp_style=TextStampStyle(stamp_text="%(signer)s %(ts)s") if visible else None,
            new_field_spec=SigFieldSpec(field, on_page=0, box=(50, 50, 300, 120)) if visible else None,
        ).async_sign_pdf(IncrementalPdfFileWriter(file))
        save(target, out)


async def stamp(source, target, tsa):
    with open(source, "rb") as file:
        stamper = PdfTimeStamper(HTTPTimeStamper(tsa))
        out = await stamper.async_update_archival_timestamp_chain(PdfFileReader(file), context(), in_place=False)
        save(target, out)


def save(target, out):
    with open(target, "wb") as file:
        file.write(out.getbuffer())


for line in sys.stdin:
    words = line.rstrip("\n").split("\t")
    try:
        if words[0] == "trust":
            trust(words[1:])
        elif words[0] == "stamp":
            asyncio.run(stamp(*words[1:]))
        else:
            asyncio.run(sign(*words[1:]))
    except Exception as error:  # whatever it stumbled over
        print("error", type(error).__name__, " ".join(str(error).split())[:300], sep="\t")
    print("end", flush=True)
