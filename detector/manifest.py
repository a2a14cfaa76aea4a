"""The manifest of a reference index: which segments it has, what they were made by, whose posts they are."""

from __future__ import annotations

import json
import os
import re
import shutil
import uuid
from pathlib import Path
from typing import Any

from detector.addresses import site_of_post
from detector.bilingual import lexicon_version
from detector.data import IndexInvalid
from detector.views import VIEWS
from detector.writing import to_disk

FORMAT = 3
# Whoever writes in the folder of an index holds this file.
LOCK = "lock"
ACCOUNTS_A_HOST = 2_000
# What it names; anything else might lead out of the index's folder.
_SEGMENT = re.compile(r"segment-[0-9a-f]{12}")
_FILE = re.compile(r"\w+(\.\w+)+", re.ASCII)
# What a killed writer leaves of one.
_PART = re.compile(r"manifest\.[0-9a-f]{8}\.part")


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest of the index at `path`. Raises IndexInvalid when it is missing, damaged or of another version."""
    try:
        manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
    except OSError as error:
        raise IndexInvalid(f"{path}: no index there; make one with `detector index build`") from error
    except (ValueError, RecursionError) as error:
        raise IndexInvalid(f"{path}: manifest.json is damaged; build the index anew") from error
    if not isinstance(manifest, dict) or any(manifest.get(name) != value for name, value in made_by().items()):
        raise IndexInvalid(f"{path}: made by another version; make it anew with `detector index build`")
    return manifest


def check_manifest(manifest: dict[str, Any]) -> None:
    """Raises ValueError, KeyError, TypeError or AttributeError for what no program writes."""
    counts = [(manifest["sampling"], 1)]
    for posts in manifest["hosts"].values():
        counts += [(number, 1) for number in posts.values()]
    for entry in manifest["segments"]:
        counts += [(entry["sampling"], 1), (entry["posts"], 1), *((number, 0) for number in entry["removed"])]
        counts += [(size, 0) for size, _ in entry["files"].values()]
        if not _SEGMENT.fullmatch(entry["name"]) or not all(map(_FILE.fullmatch, entry["files"])):
            raise ValueError("a name that leads elsewhere")
        if not all(isinstance(digest, str) for _, digest in entry["files"].values()):
            raise TypeError("files")
        if entry["removed"] != sorted(set(entry["removed"])) or max(entry["removed"], default=-1) >= entry["posts"]:
            raise ValueError("removed")
    if not isinstance(manifest["sampling_fixed"], bool):
        raise TypeError("sampling_fixed")
    if not all(type(number) is int and least <= number < 1 << 63 for number, least in counts):
        raise ValueError("a number that cannot be")


def _named_segments(path: Path) -> set[str] | None:
    """The segments of the manifest at `path`, of whatever version; none where there is no manifest, None when that
    cannot be told."""
    try:
        manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
        return {str(entry["name"]) for entry in manifest["segments"]}
    except FileNotFoundError:
        return set()
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def is_unfinished(path: Path) -> bool:
    """Whether a folder holds nothing but what a killed writer leaves of the first index there."""
    names = {entry.name for entry in path.iterdir()} if path.is_dir() else set()
    return LOCK in names and all(name == LOCK or _SEGMENT.fullmatch(name) or _PART.fullmatch(name) for name in names)


def clear_up(path: Path) -> None:
    """Take away what a failed or killed writer left: segments that the manifest does not name, half a manifest."""
    # That on the disk: after a second interrupt what a writer holds may still be what was not saved.
    named = _named_segments(path)
    if named is None:
        return
    for entry in path.iterdir():
        if _SEGMENT.fullmatch(entry.name) and entry.name not in named:
            shutil.rmtree(entry, ignore_errors=True)
        elif _PART.fullmatch(entry.name):
            entry.unlink(missing_ok=True)
    if is_unfinished(path):
        # Here was no index before.
        shutil.rmtree(path, ignore_errors=True)


def save_manifest(path: Path, manifest: dict[str, Any]) -> None:
    """Put a manifest in the place of the one at `path`, when what it names is on the disk."""
    part = path / f"manifest.{uuid.uuid4().hex[:8]}.part"
    part.write_text(json.dumps(manifest), encoding="utf-8")
    to_disk(part)
    to_disk(path)
    os.replace(part, path / "manifest.json")
    to_disk(path)


def made_by() -> dict[str, Any]:
    """What the keys of an index depend on: another program cannot read them."""
    return {"format": FORMAT, "views": list(VIEWS), "lexicon": lexicon_version()}


def accounts(posts: dict[str, int]) -> frozenset[str]:
    """The accounts of a host, from how many posts each has ("" for posts whose address names none)."""
    return frozenset(posts) - {""}


def count_host(hosts: dict[str, dict[str, int]], url: str, posts: int) -> str:
    """Note `posts` more (or fewer) posts of the host and account of an address; returns the host, "" for none."""
    host, account = site_of_post(url)
    if not host:
        return ""
    counts = hosts.setdefault(host, {})
    if account not in counts and len(counts) >= ACCOUNTS_A_HOST:
        account = ""
    counts[account] = counts.get(account, 0) + posts
    if counts[account] <= 0:
        del counts[account]
    if not counts:
        del hosts[host]
    return host
