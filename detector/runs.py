"""A long run that can be continued: what it reads, with what, and every verdict that is finished.

    with Run("run.json", run_facts(...), resume=True) as run:
        for verdict in run.judged(pages, detector.check_all): ...
        run.finish(labels, unread)

The manifest, JSON, says what the run is made of and how far it has come. Verdicts stand in a file beside it, `.rows`, a
line each in the order of the pages, as in a full report: a run that is continued takes them from there and judges the
pages behind them. Half a line, as a run that was killed may leave, is judged again.
"""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from detector import __version__
from detector.allowlist import AllowList
from detector.data import Page, UsageError, Verdict
from detector.index import ReferenceIndex
from detector.pages import files_below
from detector.resources import model_hashes
from detector.rows import well_formed
from detector.settings import Settings
from detector.verdict_lines import line_of, verdict_of
from detector.writing import locked, to_disk

FORMAT = 1
# The manifest is written anew after so many seconds, and so many times as many as that takes, since it names every file
# of a crawl; rows are safe as soon as they are judged.
_PAUSE, _PAUSE_FACTOR = 5.0, 100
_NAMED = 3
_HEAD = b'{\n "format": '


def run_facts(
    inputs: Sequence[str],
    outputs: Iterable[Path],
    settings: Settings,
    allowed: AllowList,
    index: ReferenceIndex | None,
) -> dict[str, Any]:
    """What must be the same for a run to be continued: every file that is read with its size and time, settings, index,
    models and version. Raises UsageError for standard input, which cannot be read again."""
    files: dict[str, list[int]] = {}
    passed_over = set(outputs)
    for given in inputs:
        if given == "-":
            raise UsageError("a run with --manifest cannot read standard input: it could not be continued")
        path = Path(given)
        for file in files_below(path) if path.is_dir() else [path]:
            if file.exists() and file.resolve() not in passed_over:
                state = file.stat()
                files[str(file)] = [state.st_size, state.st_mtime_ns]
    facts = {
        "version": __version__,
        "inputs": list(inputs),
        "files": files,
        "settings": asdict(settings),
        "allowed": [str(entry) for entry in allowed.entries],
        "index": index.version if index is not None else None,
        "models": model_hashes(),
    }
    return json.loads(json.dumps(facts))


class Run:
    """A run with its manifest; a context manager, in which no other process can be at the same run.

    With `resume` an interrupted run is continued; where there is none one begins. Raises UsageError when `facts` are
    other than those of the run, when the manifest is none, and without `resume` for a run that is not finished.
    """

    def __init__(self, manifest: str | Path, facts: Mapping[str, Any], resume: bool = False) -> None:
        self.path = Path(manifest)
        self.rows_path, self._lock = places_beside(manifest)
        self._facts = facts
        self._resume = resume
        self._open = ExitStack()
        self._next_save = 0.0
        self.state = "running"
        self.rows = 0
        self.unread = False
        self.labels: dict[str, int] = {}

    def __enter__(self) -> Self:
        try:
            self._open.enter_context(locked(self._lock, patience=0.0))
            self._begin()
        except OSError as error:
            self._open.close()
            raise UsageError(f"{self.path}: cannot be written ({error.strerror or error})") from error
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if kind is not None and self.state == "running":
                self._leave()
            self._lock.unlink(missing_ok=True)
        finally:
            self._open.close()

    def _leave(self) -> None:
        """A run that ends before its first verdict leaves nothing that would have to be continued."""
        if self._kept():
            self._save()
        else:
            self.forget()

    def forget(self) -> None:
        """Leave nothing of the run, as if it had not begun."""
        self._file.close()
        self.path.unlink(missing_ok=True)
        self.rows_path.unlink(missing_ok=True)

    def _begin(self) -> None:
        before = self._read() if self.path.exists() else None
        if before and not self._resume and before["state"] != "finished":
            raise UsageError(
                f"{self.path}: is of a run that was interrupted after {self._kept()} rows: continue it with --resume,"
                " or delete the file to begin anew"
            )
        if before and self._resume:
            self._compare(before["facts"])
            if before["state"] == "finished":
                self.state, self.rows = "finished", before["rows"]
                self.labels, self.unread = before["labels"], bool(before["unread"])
                return
        else:
            self.rows_path.unlink(missing_ok=True)
        self._file: BinaryIO = self._open.enter_context(self.rows_path.open("a+b"))
        self._save()

    def _kept(self) -> int:
        """How many verdicts there are; the manifest may know of fewer."""
        if not self.rows_path.exists():
            return 0
        with self.rows_path.open("rb") as file:
            return sum(line.endswith(b"\n") for line in file)

    def _read(self) -> dict[str, Any]:
        try:
            with self.path.open("rb") as file:
                # Whoever names an archive of a crawl by mistake must not have it read whole.
                known = file.peek(len(_HEAD)).startswith(_HEAD)
                manifest = json.loads(file.read()) if known else None
        except (ValueError, RecursionError):
            manifest = None
        names = {"format", "state", "rows", "labels", "unread", "facts"}
        if not isinstance(manifest, dict) or manifest.get("format") != FORMAT or not names <= manifest.keys():
            raise UsageError(f"{self.path}: is no manifest of a run, or of another version")
        return manifest

    def _compare(self, before: Mapping[str, Any]) -> None:
        differ = [name for name, value in self._facts.items() if before.get(name) != value]
        if not differ:
            return
        name = differ[0]
        said = name
        old, new = before.get(name), self._facts[name]
        if isinstance(old, dict) and isinstance(new, dict):
            changed = [key for key in sorted({*old, *new}) if old.get(key) != new.get(key)]
            said = f"{name} ({', '.join(changed[:_NAMED])}{', ...' if len(changed) > _NAMED else ''})"
        raise UsageError(
            f"{self.path}: cannot be continued, {said} differ{'' if name.endswith('s') else 's'} from those of the run;"
            " call it as before, or delete the file to begin anew"
        )

    def judged(self, pages: Iterable[Page], judge: Callable[[Iterator[Page]], Iterable[Verdict]]) -> Iterator[Verdict]:
        """The verdicts on all pages, in order: those that the run has, then those of `judge` on the pages behind them.
        Raises UsageError when the pages are not those of the run."""
        rest = iter(pages)
        self._file.seek(0)
        end = self.rows = 0
        for line in self._file:
            verdict = _verdict(line)
            if verdict is None:
                break
            page = next(rest, None)
            if page is None or _place(page) != (verdict.url, verdict.input, verdict.offset):
                raise UsageError(f"{self.path}: cannot be continued, row {self.rows + 1} is of another page")
            end += len(line)
            self.rows += 1
            yield verdict
        self._file.seek(end)
        self._file.truncate()
        for verdict in judge(rest):
            self._file.write(line_of(verdict))
            self._file.flush()
            self.rows += 1
            if time.monotonic() > self._next_save:
                self._save()
            yield verdict

    def finish(self, labels: Mapping[str, int], unread: bool) -> None:
        """Note that the reports are written, and whether something could not be read; the verdicts are not needed any
        longer."""
        self.state, self.labels, self.unread = "finished", dict(labels), unread
        self._save()
        self._file.close()
        self.rows_path.unlink(missing_ok=True)

    def _save(self) -> None:
        start = time.monotonic()
        self._file.flush()
        os.fsync(self._file.fileno())
        manifest = {
            "format": FORMAT,
            "state": self.state,
            "rows": self.rows,
            "labels": self.labels,
            "unread": self.unread,
            "facts": self._facts,
        }
        part = self.path.with_name(f".{self.path.name}.{uuid.uuid4().hex[:8]}.part")
        part.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        to_disk(part)
        os.replace(part, self.path)
        now = time.monotonic()
        self._next_save = now + max(_PAUSE, _PAUSE_FACTOR * (now - start))


def places_beside(manifest: str | Path) -> tuple[Path, Path]:
    """Where a run keeps its verdicts, and its lock."""
    path = Path(manifest)
    return path.with_name(f"{path.name}.rows"), path.with_name(f"{path.name}.lock")


def _verdict(line: bytes) -> Verdict | None:
    try:
        return verdict_of(line) if line.endswith(b"\n") else None
    except (ValueError, RecursionError):
        return None


def _place(page: Page) -> tuple[str, str, int | None]:
    return well_formed(page.url), well_formed(page.input), page.offset
