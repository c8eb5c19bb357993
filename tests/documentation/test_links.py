"""Every page is in the navigation once, every link leads somewhere, and every page that the code names exists.

`mkdocs build --strict` checks the links between the pages of docs; here are the others.
"""

import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_TRACKED = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
TRACKED = [ROOT / name for name in _TRACKED if (ROOT / name).exists()]
PAGES = [path for path in TRACKED if path.suffix == ".md"]
HISTORY = {Path(__file__), ROOT / "CHANGELOG.md"}
"""These also name pages that no longer exist."""
SOURCES = [path for path in TRACKED if path.suffix in {".py", ".yaml", ".yml", ".toml", ".json", ".md", ".sh", ""} and path not in HISTORY]
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(\s*([^)\s]+)\s*\)|<(?:a|img)[^>]+(?:href|src)=\"([^\"]+)\"|!\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")
_NAMED = re.compile(r"(?<![\w/.-])docs/[\w./-]+\.(?:md|json|svg|png)\b(#[\w-]+)?")


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


@cache
def anchors(page: Path) -> frozenset[str]:
    """What a link may name after `#`: the headings, as the site and GitHub make them."""
    seen: Counter[str] = Counter()
    found = set()
    for heading in re.findall(r"^#{1,6} +(.*?)(?: +#+)?$", prose(page), re.MULTILINE):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").replace("*", "")
        slug = re.sub(r"[^\w -]", "", text.lower()).strip().replace(" ", "-")
        found |= {f"{slug}-{seen[slug]}" if seen[slug] else slug, re.sub(r"-+", "-", slug)}
        seen[slug] += 1
    return frozenset(found)


def links(page: Path) -> Iterator[str]:
    """Where the links of a page lead, without those to the world outside."""
    for match in _LINK.finditer(_CODE.sub("", prose(page))):
        target = next(filter(None, match.groups()))
        if not re.match(r"[a-z]+:", target):
            yield target


def broken(page: Path) -> list[str]:
    """The links of a page that lead nowhere."""
    found = []
    for link in links(page):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            found.append(link)
    return found


def navigation(node: Any) -> Iterator[str]:
    """The pages of the navigation, in order."""
    if isinstance(node, str):
        yield node
    else:
        for inner in node.values() if isinstance(node, dict) else node:
            yield from navigation(inner)


def test_every_page_of_the_documentation_is_in_the_navigation_once() -> None:
    site = YAML(typ="safe", pure=True).load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    listed = Counter(navigation(site["nav"]))
    written = {str(page.relative_to(DOCS)) for page in PAGES if page.is_relative_to(DOCS) and not page.is_relative_to(DOCS / "examples")}
    assert dict(listed) == dict.fromkeys(written, 1)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert broken(page) == []


def test_a_link_to_a_page_or_a_heading_that_does_not_exist_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One `word`\n[a](page.md#one-word) [b](#two) [c](other.md) `[d](e.md)` [f](https://example.com)\n```\n[g](h.md)\n```\n")
    assert broken(page) == ["#two", "other.md"]


def test_every_page_that_the_code_or_a_file_names_exists() -> None:
    wrong = []
    for path in SOURCES:
        for match in _NAMED.finditer(path.read_text(encoding="utf-8", errors="replace")):
            name, _, anchor = match[0].partition("#")
            target = ROOT / name
            if not target.exists() or (anchor and anchor not in anchors(target)):
                wrong.append(f"{path.relative_to(ROOT)}: {match[0]}")
    assert wrong == []
