"""The manifest of a workbook: where it comes from and which drafts it showed.

It is on a hidden sheet and signed, so that neither the agency nor a draft's revision can be invented.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core import signing
from django.utils.translation import gettext as _

from tasks.workbooks.values import Refused, plain

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Origin:
    """The plan (its slug), the quarter or period, and the agency (its slug) that an upload has to be for."""

    plan: str
    period: str
    agency: str


@dataclass(frozen=True)
class Format:
    """What identifies the workbooks of one format, and its refusals of workbooks that are not the expected ones."""

    salt: str
    template: int  # a workbook of another template is refused
    key_word: str  # begins the manifest's lines of keys
    period: str  # the manifest's entry that says which quarter or period the workbook is for
    period_label: Callable[[str], str]
    outdated: "StrOrPromise"  # of another template
    foreign: "StrOrPromise"  # of another format
    other_agency: "StrOrPromise"  # %(agency)s
    other_plan: "StrOrPromise"
    other_period: "StrOrPromise"  # %(theirs)s, %(ours)s
    all_agencies: "StrOrPromise" = ""  # of all agencies, which nobody may upload

    def check(self, about: Mapping[str, str], origin: Origin) -> None:
        """Raise Refused unless the manifest's entries are those of the origin."""
        agency, period = about.get("agency", ""), about[self.period]
        if not agency and self.all_agencies:
            raise Refused(str(self.all_agencies))
        if agency != origin.agency:
            raise Refused(str(self.other_agency) % {"agency": about.get("agency_name", "")})
        if about["plan"] != origin.plan:
            raise Refused(str(self.other_plan))
        if period != origin.period:
            labels = {"theirs": self.period_label(period), "ours": self.period_label(origin.period)}
            raise Refused(str(self.other_period) % labels)


@dataclass(frozen=True, slots=True)
class Key:
    """What was handed out for one task, and the draft that it showed.

    `revision` is None where there was no draft; `more` is what the format adds, as text.
    """

    ref: str
    code: str
    revision: int | None
    touched: str  # fingerprint of the cells
    more: tuple[str, ...] = ()


@dataclass(frozen=True)
class Manifest:
    """All that the hidden sheet holds. `about` has the entries {name: text}, among them plan, agency, agency_name and the
    format's period; `others` are further lines of the format, of three cells or more."""

    about: Mapping[str, str]
    keys: Sequence[Key] = ()
    others: Sequence[Sequence[str]] = ()

    def loaded(self, name: str) -> dict[str, str]:
        """An entry that holds a JSON object, such as {heading: field}; see `dumped`."""
        found: dict[str, str] = json.loads(self.about[name])
        return found

    def lines(self, form: Format) -> list[list[str]]:
        """The rows of the hidden sheet, all text; the first is the signature of the others."""
        lines = [["template", str(form.template)], *([name, text] for name, text in self.about.items())]
        for key in self.keys:
            revision = "" if key.revision is None else str(key.revision)
            lines.append([form.key_word, key.ref, key.code, revision, key.touched, *key.more])
        lines += [list(line) for line in self.others]
        signature: str = signing.Signer(salt=form.salt).signature(_digest(lines))
        return [["signature", signature], *lines]

    @classmethod
    def of(cls, rows: Sequence[Sequence[Any]], form: Format) -> "Manifest":
        """Read the hidden sheet; raises Refused for another format or template, or when the sheet was changed."""
        lines = [_trimmed([plain(value) for value in row]) for row in rows]
        if not lines or len(lines[0]) < 2 or lines[0][0] != "signature":
            raise _changed()
        signature, lines = lines[0][1], lines[1:]
        about = {line[0]: line[1] for line in lines if len(line) == 2}
        if form.period not in about:
            raise Refused(str(form.foreign))
        if about.pop("template", "") != str(form.template):
            raise Refused(str(form.outdated))
        try:
            signing.Signer(salt=form.salt).unsign(f"{_digest(lines)}:{signature}")
        except signing.BadSignature as error:
            raise _changed() from error
        keys, others = [], []
        for line in lines:
            if len(line) > 2 and line[0] == form.key_word:
                _word, ref, code, revision, touched, *more = line + [""] * (5 - len(line))
                keys.append(Key(ref, code, int(revision) if revision else None, touched, tuple(more)))
            elif len(line) > 2:
                others.append(line)
        return cls(about, keys, others)


def dumped(entries: Mapping[str, str]) -> str:
    """A mapping as the text of one entry of a manifest."""
    return json.dumps(dict(entries), ensure_ascii=False)


def fingerprint_of(text: str) -> str:
    """A short digest of what was handed out: it tells later whether somebody changed the cells."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _changed() -> Refused:
    return Refused(_("表里的隐藏页被改动过，核对不了来源，请重新下载再填。"))


def _trimmed(line: list[str]) -> list[str]:
    """The line without the blank cells at its end: programs differ in whether they store them."""
    while line and not line[-1]:
        line = line[:-1]
    return line


def _digest(lines: Iterable[list[str]]) -> str:
    text = json.dumps([_trimmed(line) for line in lines], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
