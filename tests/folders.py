"""Folders of documents for tests, and what is found in them."""

from collections.abc import Callable
from pathlib import Path

from retrieval.catalogue import Problem
from retrieval.corpus import check
from retrieval.types import Kind, Source

Make = Callable[..., Path]

ENTRY = """\
[[document]]
id = "a"
file = "a.txt"
title = "Name"
date = "2024-05-01"
date_known_by = "inferred"
[document.lines]
body = ["1-2"]
"""


def only(seeds: Path) -> Problem:
    (problem,) = check(seeds)
    return problem


def parts(source: Source) -> list[tuple[Kind, str]]:
    return [
        (region.kind, source.text[region.span.start : region.span.end]) for region in source.regions
    ]
