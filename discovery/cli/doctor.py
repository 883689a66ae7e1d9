"""``discovery doctor``: is this installation sound?"""

import json as jsonlib
import re
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import typer

from discovery.cli.arguments import Json

_NAME: Final = re.compile(r"[A-Za-z0-9._-]+")
PACKAGES: Final = ("discovery", "oracles", "proxies", "samplers", "loops")


def doctor(*, json: Json = False) -> None:
    """Check the installation: package names, libraries, plug-ins, data sets at hand."""
    findings = [*_owners(), *_libraries(), *_extras(), *_plugins(), *_data()]
    sound = all(finding["ok"] for finding in findings)
    if json:
        typer.echo(jsonlib.dumps({"ok": sound, "findings": findings}))
    else:
        for finding in findings:
            typer.echo(f"{'ok ' if finding['ok'] else 'BAD'}  {finding['what']}: {finding['say']}")
    if not sound:
        raise typer.Exit(1)


def _finding(what: str, say: str, *, ok: bool = True) -> dict[str, object]:
    return {"what": what, "ok": ok, "say": say}


def _owners() -> list[dict[str, object]]:
    """Five generic import names are shared with nobody."""
    owners = metadata.packages_distributions()
    home = Path(__file__).resolve().parents[2]
    findings = []
    for name in PACKAGES:
        others = sorted(set(owners.get(name, ())) - {"ion-discovery"})
        spec = find_spec(name)
        ours = spec is not None and Path(str(spec.origin)).resolve().parents[1] == home
        say = "ours" if ours and not others else f"also or only from {', '.join(others) or spec}"
        advice = "" if ours and not others else "; install into an environment of its own"
        findings.append(_finding(f"package {name}", say + advice, ok=ours and not others))
    return findings


def _libraries() -> list[dict[str, object]]:
    needed = [line for line in metadata.requires("ion-discovery") or [] if "extra ==" not in line]
    findings = []
    for name in sorted(_NAME.match(line)[0] for line in needed):  # type: ignore[index]
        try:
            findings.append(_finding(f"library {name}", metadata.version(name)))
        except metadata.PackageNotFoundError:
            findings.append(
                _finding(f"library {name}", "missing; pip install -c constraints.txt .", ok=False)
            )
    return findings


def _extras() -> list[dict[str, object]]:
    """Extras are optional: what is not installed is said with the way to get it, and no fault."""
    findings = []
    ways = {"mlip": "pip install -c constraints.txt '.[mlip]'", "dft": "bash docs/install_gpaw.sh"}
    for extra, way in ways.items():
        marker = f'extra == "{extra}"'
        lines = metadata.requires("ion-discovery") or []
        for line in (line for line in lines if marker in line.replace("'", '"')):
            name = _NAME.match(line)[0]  # type: ignore[index]
            try:
                say = metadata.version(name)
            except metadata.PackageNotFoundError:
                say = f"not installed; {way}"
            findings.append(_finding(f"extra {extra}: {name}", say))
    return findings


def _plugins() -> list[dict[str, object]]:
    from discovery import registry
    from discovery.errors import DiscoveryError

    findings = []
    for role in registry.PLUGIN_GROUPS:
        try:
            foreign = {n: s for n, s in registry.sources(role).items() if s != "ion-discovery"}
            for name, source in foreign.items():
                registry.load(role, name)
                findings.append(_finding(f"plug-in {role} {name}", f"from {source}"))
        except DiscoveryError as error:
            findings.append(_finding(f"plug-ins for {role}", str(error), ok=False))
    return findings


def _data() -> list[dict[str, object]]:
    """Data sets are optional: what is not at hand is said, and is no fault."""
    from discovery import registry
    from discovery.cli.data import published_files
    from discovery.datasets.fetch import local_copy

    findings = []
    for name in registry.names("dataset"):
        files = published_files(name)
        if files:
            at_hand = sum(local_copy(file) is not None for file in files)
            hint = "" if at_hand == len(files) else f"; discovery data fetch {name}"
            say = f"{at_hand} of {len(files)} files at hand{hint}"
            findings.append(_finding(f"data {name}", say))
    return findings
