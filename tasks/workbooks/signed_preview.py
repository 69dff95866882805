"""The values of a preview travel in its form, signed, until they are confirmed: no upload is stored."""

from collections.abc import Sequence
from typing import Any

from django.core import signing
from django.utils.translation import gettext as _

from tasks.workbooks.values import Refused

MAX_AGE = 24 * 3600  # seconds during which a preview may be confirmed; revisions guard the drafts meanwhile
MAX_SIGNED = 2_000_000  # characters; a form may have 2.5 MB in one request


def sign(rows: Sequence[Any], *, salt: str) -> str:
    """Rows of JSON values as a signed text; raises Refused for more than a form can carry."""
    text = signing.dumps(list(rows), salt=salt, compress=True)
    if len(text) > MAX_SIGNED:
        raise Refused(_("改动的内容太多，一次确认不了，请分成两张表上传：删去一半的行即可。"))
    return text


def signed_rows(text: str, *, salt: str) -> list[Any]:
    """The rows that were signed; raises Refused when the signature is wrong or too old."""
    try:
        rows: list[Any] = signing.loads(text, salt=salt, max_age=MAX_AGE)
    except signing.BadSignature as error:
        raise Refused(_("预览已失效，请重新上传。")) from error
    return rows
