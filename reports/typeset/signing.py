"""An electronic signature on a finished PDF: PAdES baseline B-B with the office's own certificate.

Off unless `SIGN_CERTIFICATE` names a PKCS#12 file. It is added after the document, as an incremental update: what was set
stays as it is, byte for byte, and stands at the beginning of what is signed. No page shows it; a reader's own panel does.
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
    """Who signs, and until when that holds."""

    subject: str
    not_after: datetime


def is_on() -> bool:
    """Whether issued documents are signed."""
    return bool(settings.SIGN_CERTIFICATE)


def certificate() -> Certificate:
    """What the configured file holds. Raises SigningError."""
    held = _signer().signing_cert
    return Certificate(held.subject.human_friendly, held.not_valid_after)


def faults() -> list[str]:
    """What keeps this machine from signing, a sentence each; empty where nothing is signed."""
    if not is_on():
        return []
    try:
        held = certificate()
    except SigningError as error:
        return [str(error)]
    if held.not_after <= clock.now():
        return [_("签名证书已于 %(day)s 过期，请换新证书。") % {"day": f"{held.not_after:%Y-%m-%d}"}]
    return []


def signed(pdf: bytes, *, name: str, reason: str) -> bytes:
    """The PDF with the signature after it; as it was where signing is off. Raises SigningError."""
    if not is_on():
        return pdf
    wrong = faults()
    if wrong:
        raise SigningError(wrong[0])
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

    # The library brings an event loop of its own, and a thread runs one at most: the caller's may have one.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(write).result()


def _signer() -> Any:
    """With the key and the certificates of the file, read anew each time: a file that was replaced counts at once."""
    from pyhanko.sign import signers

    path = Path(settings.SIGN_CERTIFICATE)
    if not path.is_file():
        raise SigningError(_("签名证书文件不存在或不可读，请检查 SIGN_CERTIFICATE。"))
    password = settings.SIGN_PASSWORD.encode() or None
    # The library tells a wrong password in its log alone, and returns nothing.
    load: Callable[..., Any] = signers.SimpleSigner.load_pkcs12
    found = load(str(path), passphrase=password)
    if found is None or found.signing_cert is None:
        raise SigningError(_("签名证书打不开：口令不对，或不是 PKCS#12（.p12、.pfx）文件。"))
    return found
