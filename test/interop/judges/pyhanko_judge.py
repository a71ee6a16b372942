"""pyHanko at the other end of a pipe: one command a line, fields separated by tabs; every answer ends with a line "end".

  trust FILE...          trust anchors, PEM
  validate FILE LEVEL    one line per signature: status, why, intact, coverage, changes; revocation is insisted on, and
                         from the network up to B-T, from the file's DSS alone at B-LT, and by the whole procedure of
                         ETSI EN 319 102-1, 5.6.3, with nothing but the file, at B-LTA
"""

import asyncio
import sys

from asn1crypto import pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import DocumentSecurityStore, async_validate_pdf_signature
from pyhanko.sign.validation.ades import ades_lta_validation
from pyhanko.sign.validation.policy_decl import (
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager

anchors = []


def trust(paths):
    for path in paths:
        with open(path, "rb") as file:
            for _, _, der in pem.unarmor(file.read(), multiple=True):
                anchors.append(x509.Certificate.load(der))


def show(passed, why, status):
    print(
        "signature",
        "PASSED" if passed else "NOT PASSED",
        " ".join(str(why).split()),
        bool(status and status.intact),
        status.coverage.name if status and status.coverage else "-",
        status.modification_level.name if status and status.modification_level else "-",
        sep="\t",
    )


async def validate(path, level):
    with open(path, "rb") as file:
        reader = PdfFileReader(file)
        settings = {"trust_roots": anchors, "revocation_mode": "hard-fail"}
        for signature in reader.embedded_regular_signatures:
            if level == "B-LTA":
                policy = CertValidationPolicySpec(SimpleTrustManager.build(anchors), CertRevTrustPolicy(REQUIRE_REVINFO))
                gathering = RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY)
                spec = PdfSignatureValidationSpec(SignatureValidationSpec(policy, gathering))
                result = await ades_lta_validation(signature, spec)
                show(result.ades_subindic.status.name == "PASSED", result.failure_msg, result.api_status)
                continue
            if level == "B-LT":
                store = DocumentSecurityStore.read_dss(reader)
                context = store.as_validation_context({**settings, "allow_fetching": False})
            else:
                context = ValidationContext(allow_fetching=True, **settings)
            status = await async_validate_pdf_signature(signature, context)
            show(status.bottom_line, status.trust_problem_indic, status)


for line in sys.stdin:
    words = line.rstrip("\n").split("\t")
    try:
        if words[0] == "trust":
            trust(words[1:])
        else:
            asyncio.run(validate(words[1], words[2]))
    except Exception as error:  # the verdict of a judge, whatever it stumbled over
        print("error", type(error).__name__, " ".join(str(error).split())[:300], sep="\t")
    print("end", flush=True)
