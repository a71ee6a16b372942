"""pyHanko at the other end of a pipe: does one kind of work for so many milliseconds and says how often it was done.

Argument: the folder with files and keys. A line "CASE<tab>MILLISECONDS" is answered by "TIMES<tab>MILLISECONDS".
"""

import glob
import io
import os
import sys
import time

from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.validation import DocumentSecurityStore, validate_pdf_signature
from pyhanko.stamp import TextStampStyle

home = sys.argv[1]


def contents(pattern):
    for name in sorted(glob.glob(os.path.join(home, pattern))):
        with open(name, "rb") as file:
            yield file.read()


pdfs = list(contents("100k-*.pdf"))
sealed = list(contents("lta-*.pdf"))
roots = [load_cert_from_pemder(name) for name in glob.glob(os.path.join(home, "root-*.der"))]
style = TextStampStyle(stamp_text="Pieczec elektroniczna\nGmina Testowa\nPotwierdzenie pochodzenia pisma\n%(ts)s")


def sealing(key):
    signer = signers.SimpleSigner.load_pkcs12(os.path.join(home, key + ".p12"), passphrase=b"bench")

    def seal(i):
        writer = IncrementalPdfFileWriter(io.BytesIO(pdfs[i % len(pdfs)]))
        meta = signers.PdfSignatureMetadata(
            field_name="Seal",
            md_algorithm="sha256",
            subfilter=fields.SigSeedSubFilter.PADES,
            reason="Potwierdzenie pochodzenia pisma",
        )
        spec = fields.SigFieldSpec("Seal", box=(340, 43, 552, 117))
        pdf_signer = signers.PdfSigner(meta, signer=signer, stamp_style=style, new_field_spec=spec)
        pdf_signer.sign_pdf(writer, output=io.BytesIO())

    return seal


def validate(i):
    # the plain procedure with what the file carries: less than the one for archives, which this product has as well
    reader = PdfFileReader(io.BytesIO(sealed[i % len(sealed)]))
    [signature] = reader.embedded_regular_signatures
    settings = {"trust_roots": roots, "allow_fetching": False, "revocation_mode": "soft-fail"}
    context = DocumentSecurityStore.read_dss(reader).as_validation_context(settings)
    status = validate_pdf_signature(signature, context)
    if not status.bottom_line:
        raise ValueError(status.pretty_print_details())


def work_of(case):
    return validate if case == "validate" else sealing(case.split(" ")[1])


works = {}
for line in sys.stdin:
    case, milliseconds = line.rstrip("\n").split("\t")
    try:
        work = works.setdefault(case, None) or work_of(case)
        works[case] = work
        begun = time.perf_counter()
        end = begun + int(milliseconds) / 1000
        times = 0
        while times == 0 or time.perf_counter() < end:
            work(times)
            times += 1
        print(f"{times}\t{(time.perf_counter() - begun) * 1000}", flush=True)
    except Exception as error:
        print("error\t" + " ".join(f"{type(error).__name__}: {error}".split()), flush=True)
