"""`make bench`: measure every figure on a real database with the plan in it."""

import importlib
import json
import os
import pkgutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import django
from django.conf import settings
from django.db import connections


def main() -> None:
    """Print a line for each figure and keep them all in build/bench.json."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qhplan.settings")
    if settings.QHPLAN_MODE != "test":
        sys.exit(f"QHPLAN_MODE is {settings.QHPLAN_MODE}: run `make bench`, or put test into it.")
    django.setup()
    import bench
    from reports.typeset import fonts
    from tests import rig

    fonts.prepare()

    for module in pkgutil.iter_modules(bench.__path__):
        if module.name != "__main__":
            importlib.import_module(f"bench.{module.name}")
    only = sys.argv[1] if len(sys.argv) > 1 else ""
    clone = f"{rig.TEMPLATE}_bench"
    entries = []
    with rig.running(), tempfile.TemporaryDirectory() as folder:
        rig.make_template()
        rig.create(clone, rig.TEMPLATE)
        rig.turn_to(clone)
        bench.scratch, bench.database = Path(folder), clone
        try:
            for figure in bench.figures:
                if only not in figure.name:
                    continue
                found = figure.measure()
                if found is None:
                    continue
                one = found if isinstance(found, bench.Measured) else bench.Measured(*found)
                ratio = one.value / one.floor if one.floor else float("inf")
                more = "".join(f"  {name} {value}" for name, value in one.more.items())
                line = f"{figure.name} {one.value:.3g} {figure.unit} {one.floor:.3g} {ratio:.2f}{more}"
                print(line, flush=True)  # noqa: T201
                entries.append({"name": figure.name, "unit": figure.unit, "ratio": ratio, **vars(one)})
        finally:
            bench.cleanup.close()
            connections.close_all()
            rig.drop(clone)
            rig.drop(rig.TEMPLATE)
    out = settings.BASE_DIR / "build" / "bench.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps({"at": datetime.now(UTC).isoformat(), "figures": entries}, indent=1) + "\n")


main()
