"""Signs a finished PDF electronically: PAdES baseline B-B (ETSI EN 319 142-1) with the office's own certificate.

This is off unless `SIGN_CERTIFICATE` names a PKCS#12 file. The signature is appended as an incremental update: the bytes
of the rendered document stay as they are, at the beginning of the signed file. The pages do not show it; PDF readers show
it in a panel of their own.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from qhplan import clock

FIELD = "OfficeSignature"


class SigningError(Exception):
    """The document cannot be signed; the message says in one sentence what is missing or wrong."""


@dataclass(frozen=True)
class Certificate:
    """The signer, and when the certificate expires."""

    subject: str
    not_after: datetime


def is_on() -> bool:
    """Whether issued documents are signed."""
    return bool(settings.SIGN_CERTIFICATE)


def certificate() -> Certificate:
    """The certificate in the configured file. Raises SigningError."""
    found = _signer().signing_cert
    return Certificate(found.subject.human_friendly, found.not_valid_after)


def installation_problems() -> list[str]:
    """What keeps this machine from signing, a sentence for each problem; empty where signing is off."""
    if not is_on():
        return []
    try:
        found = certificate()
    except SigningError as error:
        return [str(error)]
    if found.not_after <= clock.now():
        return [_("签名证书已于 %(day)s 过期，请换新证书。") % {"day": f"{found.not_after:%Y-%m-%d}"}]
    return []


def signed(pdf: bytes, *, name: str, reason: str) -> bytes:
    """The PDF with the signature appended; unchanged where signing is off. Raises SigningError."""
    if not is_on():
        return pdf
    problems = installation_problems()
    if problems:
        raise SigningError(problems[0])
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers

    def write() -> bytes:
        written = BytesIO()
        signers.sign_pdf(
            IncrementalPdfFileWriter(BytesIO(pdf)),
            signers.PdfSignatureMetadata(
                field_name=FIELD,
                md_algorithm="sha256",
                subfilter=fields.SigSeedSubFilter.PADES,
                name=name,
                reason=reason,
            ),
            signer=_signer(),
            output=written,
        )
        return written.getvalue()

    # pyHanko runs an event loop of its own. A thread can run one only, and the caller's may have one already.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(write).result()


def _signer() -> Any:
    """pyHanko's signer with the key and the certificates of the file, which is read each time: a replaced file is used at
    once."""
    from pyhanko.sign import signers

    path = Path(settings.SIGN_CERTIFICATE)
    if not path.is_file():
        raise SigningError(_("签名证书文件不存在或不可读，请检查 SIGN_CERTIFICATE。"))
    password = settings.SIGN_PASSWORD.encode() or None
    # For a wrong password pyHanko writes to its log and returns None.
    load: Callable[..., Any] = signers.SimpleSigner.load_pkcs12
    found = load(str(path), passphrase=password)
    if found is None or found.signing_cert is None:
        raise SigningError(_("签名证书打不开：口令不对，或不是 PKCS#12（.p12、.pfx）文件。"))
    return found
