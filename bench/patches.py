"""The gain of each speed patch of WeasyPrint: briefs without it, beside briefs with all patches. User CPU time.

With and without take turns in one process, so that a busy machine slows both alike. The interval is that of the median
of the pairs' ratios, by bootstrap (95 %); it is printed below each figure. A patch whose interval is not above 1.05, at 30
pages or at 6, is not worth its lines (docs/decisions/weasyprint-patches.md).
"""

import json
import random
import resource
import statistics
import subprocess
import sys
from collections.abc import Sequence

from bench import figure

PAIRS = {30: 15, 6: 31}


def interval(ratios: Sequence[float]) -> tuple[float, float, float]:
    """Median and the bounds within which 95 % of the medians of resampled ratios are."""
    chance = random.Random(0)  # noqa: S311  (no secret)
    medians = sorted(statistics.median(chance.choices(ratios, k=len(ratios))) for _ in range(2000))
    return statistics.median(ratios), medians[50], medians[-51]


def _measured(pages: int, names: tuple[str, ...]) -> tuple[float, float]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.patches", str(pages), *names],
        check=True,
        capture_output=True,
        text=True,
    )
    pairs: list[tuple[float, float]] = json.loads(done.stdout)
    median, low, high = interval([without / patched for patched, without in pairs])
    print(f"  ratio {median:.3f}, interval {low:.3f} to {high:.3f}, {len(pairs)} pairs")  # noqa: T201
    return statistics.median(pair[1] for pair in pairs), statistics.median(pair[0] for pair in pairs)


def _register() -> None:
    from reports.typeset.weasyprint_patches import installation

    groups = {name.removeprefix("speed."): (name,) for name in installation.SPEED}
    groups["all"] = installation.SPEED
    for group, names in groups.items():
        for pages in PAIRS:
            figure(f"brief_{pages}_pages_without_patch_{group}", "ms")(
                lambda pages=pages, names=names: _measured(pages, names)  # type: ignore[misc]
            )


def main() -> None:
    """Print the milliseconds with all patches and without the named ones, for each pair, as JSON."""
    import gc
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qhplan.settings")
    gc.disable()  # as manage.py does
    import django

    django.setup()
    from bench.peer import ours
    from reports.typeset.weasyprint_patches import installation
    from reports.typeset.weasyprint_patches.replacement import Replacement

    pages, names = int(sys.argv[1]), sys.argv[2:]
    replacements = [one for name in names for one in installation._replacements(name)]
    originals = [Replacement(one.owner, one.name, (), getattr(one.owner, one.name)) for one in replacements]
    work = ours(pages)

    def spent(installed: list[Replacement]) -> float:
        for one in installed:
            one.install()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
        work()
        return (resource.getrusage(resource.RUSAGE_SELF).ru_utime - before) * 1000

    for _ in range(2):  # imports, fonts and caches
        spent(replacements), spent(originals)
    pairs = [(spent(replacements), spent(originals)) for _ in range(PAIRS[pages])]
    print(json.dumps(pairs))  # noqa: T201


if __name__ == "__main__":
    main()
else:
    _register()
