"""A signature with a certificate made here: it holds, it breaks when anything changes, and off it changes nothing."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from qhplan.jobs import Refused
from reports.briefs import jobs
from reports.briefs.models import Brief, BriefState
from reports.briefs.render import render
from reports.typeset import signing
from tests.briefs import example

pytestmark = pytest.mark.slow

PASSWORD = "试用口令-8"


def made(path: Path, *, days: int = 30) -> bytes:
    """A self-made certificate with its key in `path`; returns the certificate as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.COMMON_NAME, "领导小组办公室（自制）"),
        ]
    )
    begun = datetime.now(UTC) - timedelta(days=60)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begun)
        .not_valid_after(datetime.now(UTC) + timedelta(days=days))
        .add_extension(
            x509.KeyUsage(
                digital_signature=True, content_commitment=True, key_encipherment=False, data_encipherment=False,
                key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    encryption = serialization.BestAvailableEncryption(PASSWORD.encode())
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"office", key, certificate, None, encryption))
    return certificate.public_bytes(serialization.Encoding.PEM)


@pytest.fixture
def root(settings: Any, tmp_path: Path) -> Path:
    """Signing is on; the certificate that is to be trusted."""
    pem = tmp_path / "root.pem"
    pem.write_bytes(made(tmp_path / "office.p12"))
    settings.SIGN_CERTIFICATE, settings.SIGN_PASSWORD = str(tmp_path / "office.p12"), PASSWORD
    return pem


def holds(pdf: bytes, root: Path) -> bool:
    context = ValidationContext(trust_roots=[load_cert_from_pemder(str(root))])
    (found,) = PdfFileReader(BytesIO(pdf)).embedded_signatures
    with ThreadPoolExecutor(1) as thread:  # a browser's loop may run in ours
        return bool(thread.submit(validate_pdf_signature, found, context).result().bottom_line)


@pytest.fixture
def brief(prepared_fonts: None) -> bytes:
    return render(example.frozen(), example.ISSUED).pdf


def test_a_signed_brief_begins_with_what_was_set_and_its_signature_holds(brief: bytes, root: Path) -> None:
    done = signing.signed(brief, name="办公室", reason="印发")
    assert done.startswith(brief)
    assert holds(done, root)
    with pikepdf.open(BytesIO(brief)) as before, pikepdf.open(BytesIO(done)) as after:
        assert list(after.attachments) == list(before.attachments) == ["figures.json"]
        assert len(after.pages) == len(before.pages)
        assert "/StructTreeRoot" in after.Root
        field = after.Root.AcroForm.Fields[0]
        assert str(field.V.SubFilter) == "/ETSI.CAdES.detached"
        assert str(field.V.Reason) == "印发"


def test_it_is_signed_where_a_loop_is_running_already(brief: bytes, root: Path) -> None:
    async def signed() -> bytes:
        return signing.signed(brief, name="办公室", reason="印发")

    with ThreadPoolExecutor(1) as thread:
        assert holds(thread.submit(asyncio.run, signed()).result(), root)


def test_a_changed_byte_breaks_it(brief: bytes, root: Path) -> None:
    done = bytearray(signing.signed(brief, name="办公室", reason="印发"))
    place = done.index(b"stream\n") + 40
    done[place] ^= 1
    assert not holds(bytes(done), root)


def test_off_nothing_is_changed(brief: bytes) -> None:
    assert signing.signed(brief, name="办公室", reason="印发") is brief
    assert signing.installation_problems() == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("password", "口令不对"),
        ("missing", "不存在或不可读"),
        ("junk", "口令不对，或不是 PKCS#12"),
        ("expired", "过期"),
    ],
)
def test_what_is_wrong_with_the_certificate_is_told_and_nothing_is_issued_unsigned(
    change: str, said: str, root: Path, settings: Any, tmp_path: Path
) -> None:
    match change:
        case "password":
            settings.SIGN_PASSWORD = "falsch"
        case "missing":
            settings.SIGN_CERTIFICATE = str(tmp_path / "nowhere.p12")
        case "junk":
            Path(settings.SIGN_CERTIFICATE).write_bytes(b"%PDF-1.7")
        case _:
            made(Path(settings.SIGN_CERTIFICATE), days=-1)
    assert said in signing.installation_problems()[0]
    with pytest.raises(signing.SigningError, match=said):
        signing.signed(b"%PDF", name="办公室", reason="印发")


@pytest.mark.slow
@pytest.mark.django_db
def test_issuing_signs_and_a_draft_is_not_signed(prepared_fonts: None, root: Path, settings: Any) -> None:
    stamp = example.ISSUED.stamp
    assert stamp is not None
    brief = Brief(office="示例办公室", state=BriefState.ISSUED)
    assert holds(jobs._render(brief, example.frozen(), stamp=stamp).pdf, root)
    assert b"ETSI.CAdES" not in jobs._render(brief, example.frozen(), stamp=None).pdf
    settings.SIGN_PASSWORD = "falsch"
    with pytest.raises(Refused, match="口令不对"):
        jobs._render(brief, example.frozen(), stamp=stamp)
