"""A process of its own that does one kind of work whenever it is told to, and says what it took.

WeasyPrint as it comes and our typesetting, which replaces parts of it, cannot share a process; and what a process
holds in memory can only be measured of one that does nothing else. CPU time is what counts: the machine may be busy.
"""

import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

CHROMIUM = "/usr/bin/chromium"


class Peer:
    """The other process, from this side."""

    def __init__(self, work: str, pages: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.peer", work, str(pages)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.run()  # imports, fonts and caches

    def run(self, times: int = 1) -> dict[str, float]:
        """Do it, and tell cpu and wall in milliseconds, pages, and the peak of memory in MB."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{times}\n")
        self.process.stdin.flush()
        told: dict[str, float] = json.loads(self.process.stdout.readline())
        return told

    def stop(self) -> None:
        """End it and wait until it has."""
        self.process.communicate()


def _example(pages: int) -> tuple[bytes, Any]:
    """Figures whose brief has about so many pages."""
    from dataclasses import replace

    from tests.briefs import example

    if pages <= 8:
        short = example.small()
        group = replace(short.groups[0], tasks=short.groups[0].tasks[:1])
        missing = tuple(item for item in short.missing if item.task_ref == group.tasks[0].ref)
        return example.frozen(replace(short, groups=(group,), missing=missing)), example.ISSUED
    figures = example.figures()
    times = max(1, pages // 30)

    def longer(tasks: Any) -> Any:
        return tuple(
            replace(
                task,
                narrative=replace(
                    task.narrative,
                    done=task.narrative.done * times,
                    next_steps=task.narrative.next_steps * times,
                ),
            )
            for task in tasks
        )

    groups = tuple(replace(group, tasks=longer(group.tasks)) for group in figures.groups)
    return example.frozen(
        replace(figures, groups=groups, safeguards=longer(figures.safeguards))
    ), example.ISSUED


def _composed(pages: int) -> str:
    """The brief's HTML."""
    from django.utils import translation

    from reports.briefs import composition, kinds

    content, head = _example(pages)
    with translation.override("zh-hans"):
        done = composition.html(kinds.read_snapshot(content), head=head, figures_sha256="0" * 64)
    return done.body + done.back(pages, False)


def paragraphs(html: str) -> list[str]:
    """The text that the HTML shows, a table's row as one paragraph."""
    html = re.sub(r"<(style|svg|title|head)\b.*?</\1>", "", html, flags=re.DOTALL)
    blocks = re.split(r"</?(?:p|h\d|div|section|tr|caption|table|thead|tbody|colgroup|header)\b[^>]*>", html)
    texts = (re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", block)).strip() for block in blocks)
    return [text for text in texts if text]


def _faces() -> str:
    from reports.typeset import fonts

    return "\n".join(
        f'@font-face {{ font-family: "{face.family}"; src: url("{face.path.as_uri()}"); }}'
        for face in fonts.load().faces
    )


def _plain_html(pages: int) -> str:
    body = "".join(f"<p>{text}</p>" for text in paragraphs(_composed(pages)))
    return f'<!DOCTYPE html><html lang="zh-CN"><meta charset="utf-8"><title>x</title><body>{body}'


def _plain_css() -> str:
    from reports.typeset import fonts

    return (
        "@page { size: A4; margin: 37mm 26mm 35mm 28mm }"
        f"body {{ margin: 0; font: 16pt/28.98pt {fonts.load().family('body')}; text-align: justify }}"
        "p { margin: 0; text-indent: 2em }"
    )


def ours(pages: int) -> Callable[[], int]:
    """A brief, as a warm worker sets it."""
    from reports.briefs.render import render

    content, head = _example(pages)
    return lambda: render(content, head).pages


def plain(pages: int) -> Callable[[], int]:
    """WeasyPrint as it comes, warm, with the same fonts: the same text as plain paragraphs."""
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration

    html = _plain_html(pages)
    configuration = FontConfiguration()
    sheet = CSS(string=_faces() + _plain_css(), font_config=configuration)

    def work() -> int:
        document = HTML(string=html).render(font_config=configuration, stylesheets=[sheet])
        document.write_pdf()
        return len(document.pages)

    return work


def typst(pages: int) -> Callable[[], int]:
    """typst's first compilation: the same text as plain paragraphs. In a child each time, since it remembers."""
    import os

    import typst as program

    from reports.typeset import fonts

    loaded = fonts.load()
    escaped = "\n\n".join(
        re.sub(r"([\\#*_`$<>@=\[\]~/-])", r"\\\1", text) for text in paragraphs(_composed(pages))
    )
    names = ", ".join(f'"{name}"' for name in loaded.stacks["body"])
    folder = Path(tempfile.mkdtemp())
    source, target = folder / "brief.typ", folder / "brief.pdf"
    source.write_text(
        '#set page(paper: "a4", margin: (top: 37mm, bottom: 35mm, left: 28mm, right: 26mm))\n'
        f'#set text(font: ({names}), size: 16pt, lang: "zh")\n'
        "#set par(justify: true, first-line-indent: 2em, leading: 13pt)\n" + escaped,
        encoding="utf-8",
    )
    fonts_folder = loaded.faces[0].path.parent

    def work() -> int:
        child = os.fork()
        if child == 0:
            target.write_bytes(program.compile(source, font_paths=[fonts_folder], ignore_system_fonts=True))
            os._exit(0)
        os.waitpid(child, 0)
        return _pages_of(target)

    return work


@cache
def _pages_of(path: Path) -> int:
    import pypdf

    return len(pypdf.PdfReader(path).pages)


def chromium(pages: int) -> Callable[[], int]:
    """Chromium, started anew each time, printing the same text as plain paragraphs."""
    folder = Path(tempfile.mkdtemp())
    source, target = folder / "brief.html", folder / "brief.pdf"
    html = _plain_html(pages).replace("<body>", f"<style>{_faces()}{_plain_css()}</style><body>", 1)
    source.write_text(html, encoding="utf-8")

    def work() -> int:
        command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--print-to-pdf={target}"]
        subprocess.run(
            [*command, f"--user-data-dir={folder / 'profile'}", source.as_uri()],
            check=True,
            capture_output=True,
        )
        return _pages_of(target)

    return work


def _used() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def main() -> None:
    """Do the named work as often as each line of the input says."""
    import gc
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qhplan.settings")
    gc.disable()  # as manage.py does
    import django

    django.setup()
    work = {"ours": ours, "plain": plain, "typst": typst, "chromium": chromium}[sys.argv[1]](int(sys.argv[2]))
    for line in sys.stdin:
        begin, used = time.perf_counter(), _used()
        for _ in range(int(line)):
            pages = work()
        told = {
            "cpu": (_used() - used) * 1000,
            "wall": (time.perf_counter() - begin) * 1000,
            "pages": pages,
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "now": int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20,
        }
        print(json.dumps(told), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
