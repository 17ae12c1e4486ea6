"""The list of MUSTs: how many are pinned; with the specification at hand, that none is missing."""

import os
import re
import subprocess

import pytest

from tests.support.transcripts import musts
from tests.test_musts import letters, pinning_files, quotes, read

SPECIFICATION = os.environ.get("MCP_SPECIFICATION")
REVISIONS = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"]

# Pages that the list dismisses as a whole
ELSEWHERE = re.compile(
    r"basic/authorization|client/|server/(prompts|resources|utilities/completion)|utilities/tasks|streamable-http"
    r"|patterns/mrtr|schema$|changelog$"
)


def test_each_must_that_applies_is_quoted_where_it_is_pinned(summary):
    pinned = total = 0
    for sentence, revisions, _, pins in musts()[0]:
        texts = [read(path) for path in pinning_files(pins)]
        total += len(revisions)
        pinned += len(revisions) if any(quotes(text, sentence) for text in texts) else 0
    summary("MUSTs pinned of MUSTs that apply", pinned, total)
    assert 0 < pinned == total


def git(*arguments):
    return subprocess.run(
        ["git", "-C", SPECIFICATION, *arguments], stdout=subprocess.PIPE, check=True
    ).stdout.decode()


def sentences(revision):
    """Yield the page and the text of each sentence of a revision that has a MUST."""
    folder = "docs/specification/%s/" % revision
    for path in git("ls-tree", "-r", "--name-only", "HEAD", folder).split():
        page = path[len(folder) :].rpartition(".")[0]
        if not path.endswith(".mdx") or ELSEWHERE.search(page):
            continue
        text = git("show", "HEAD:" + path)
        if page == "basic/transports":
            text = re.split(r"\n## (?:Streamable HTTP|HTTP with SSE)", text)[0]
        text = re.sub(r"(?s)```.*?```|<[^>]+>", "", text)
        for block in re.split(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+\.)\s)|\n(?=\|)", text):
            for sentence in re.split(r"(?<=[.!])\s+(?=[A-Z])", " ".join(block.split())):
                if re.search(r"\b(MUST|SHALL|REQUIRED)\b", sentence):
                    yield page, sentence


@pytest.mark.skipif(
    not SPECIFICATION, reason="MCP_SPECIFICATION does not say where the specification's clone is"
)
@pytest.mark.parametrize("revision", REVISIONS)
def test_no_must_is_missing_from_the_list(revision):
    rows = [row for table in musts() for row in table if revision in row[1]]
    found = list(sentences(revision))
    assert found
    missing = []
    for page, sentence in found:
        parts = [
            [letters(part) for part in row[0].split("[...]")] for row in rows if page in row[2]
        ]
        split = [part for part in parts if part[0].startswith(("serversmust", "bothpartiesmust"))]
        if any(all(part in letters(sentence) for part in quote) for quote in parts):
            continue
        if not any(
            quote[0].startswith(letters(sentence)) for quote in split
        ):  # a list, a row an item
            missing.append("%s: %s" % (page, sentence))
    assert not missing, "\n".join(missing)
