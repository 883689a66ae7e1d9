"""Every block of the README and of docs/ runs, in the order it stands there."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(
    r"(?:<!-- (?P<mark>\w+): (?P<what>[^>]+?) -->\n)?```(?P<language>\w+)\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
LANGUAGES = {"bash", "python", "yaml", "csv", "toml", "text", "json"}


@dataclass(frozen=True)
class Block:
    language: str
    text: str
    mark: str
    what: str


def blocks(page: Path) -> list[Block]:
    return [
        Block(m["language"], m["text"], m["mark"] or "", m["what"] or "")
        for m in BLOCK.finditer(page.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_fence_is_a_block_this_test_understands(page: Path) -> None:
    found = blocks(page)
    assert len(found) * 2 == page.read_text(encoding="utf-8").count("\n```")
    assert {block.language for block in found} <= LANGUAGES
    for block in found:
        assert block.language not in ("yaml", "csv", "toml", "json") or block.mark == "file", (
            f"a {block.language} block of {page.name} needs a file name: <!-- file: NAME -->"
        )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_blocks_run_in_the_order_they_stand(
    page: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    environment = dict(os.environ)
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    for block in blocks(page):
        if block.mark == "file":
            path = tmp_path / block.what
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.mark in ("command", "slow") or block.language == "text":
            continue  # set-up is what CI itself does; slow blocks are run by `-m slow`
        elif block.mark == "needs":
            try:
                environment["DISCOVERY_DATA"] = str(
                    request.getfixturevalue(f"{block.what}_directory")
                )
            except pytest.skip.Exception:
                continue
            run(block, tmp_path, environment)
        else:
            run(block, tmp_path, environment)


def run(block: Block, folder: Path, environment: dict[str, str]) -> None:
    script = {"bash": ["bash", "-euo", "pipefail", "-c"], "python": [sys.executable, "-c"]}
    done = subprocess.run(
        [*script[block.language], block.text],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{block.text}\n{done.stdout}\n{done.stderr}"


@pytest.mark.slow
def test_the_campaign_on_obelix_finds_three_fifths_of_the_best(
    tmp_path: Path, obelix_directory: Path
) -> None:
    """What the README and docs/campaigns.md promise; random choice finds a quarter."""
    done = subprocess.run(
        [
            *(sys.executable, "-c", "from discovery.cli import main; main()", "run", "obelix"),
            *("--repeats", "5", "--json", "--data-dir", obelix_directory, "--out", tmp_path),
        ],
        capture_output=True,
        text=True,
        timeout=1200,
        check=True,
    )
    assert json.loads(done.stdout.splitlines()[-1])["recall_mean"] >= 0.6
