"""Evidence -> label, score, reason: every decision about a page, and every threshold, is here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from detector.addresses import bare_address, is_known_site, known_parts, same_address, site_of, without_www
from detector.allowlist import Allowed, AllowList
from detector.data import Block, Document, Link, Match, Page, Signal, Verdict
from detector.reading import Reading
from detector.rows import one_line, percent
from detector.settings import Settings
from detector.text import URL

# How much a signal at full strength says that a page is made for search engines, 0..1. What says nothing
# by itself (list pages, thin pages) has none. Near what benchmarks/score_weights.py fits to pages that readers ranked,
# where they say anything; of a signal that they hardly have, by how rare it is on ordinary pages. A title that is only
# the site's name is no spam by itself, though it fits better with twice as much.
SPAM_WEIGHTS: Mapping[str, float] = {
    "machine_damage": 0.85,
    "doorway": 0.8,
    "keyword_stuffing": 0.8,
    "evasion": 0.7,
    "hidden_text": 0.6,
    "link_farm": 0.6,
    "title_stuffing": 0.55,
    "unrelated_title": 0.28,
    "scraped_metadata": 0.25,
    "thin_content": 0.0,
    "template_only": 0.0,
    "list_page": 0.0,
}
# Boilerplate that small sites and reprints have more often than official pages, fitted as above; an ICP number or a
# copyright line says nothing (99 % of ordinary corporate sites have them).
BOILERPLATE_WEIGHTS: Mapping[str, float] = {
    "disclaimer": 0.12,
    "keyword_stuffing": 0.12,
    "powered_by": 0.08,
    "comment": 0.08,
    "friend_links": 0.06,
    "title_dup": 0.03,
}
# Links in these name no source: anybody writes comments, and lists of links name whatever is popular.
NO_CREDIT = frozenset(("comment", "related", "friend_links", "nav", "contact", "share_ui", "keyword_stuffing"))
# A copy that declares its source, or stands on the source's own site, is not what a reviewer looks for.
DECLARED_COPY = 0.25
# Probability from which a source that is not believed is still named.
WORTH_A_LOOK = 0.2
# Share of the page or the post from which a match below that probability is named too: beside it, nothing found would
# be a contradiction.
LARGE_SHARE = 0.2
# What is left of the score where nobody needs to look: on official hosts and on pages that are allowed.
ACCEPTED = 0.05
# The allow-list of who gave none.
NOBODY = AllowList()

_KIND_PHRASES = {
    "verbatim": "word for word",
    "excerpt": "an excerpt",
    "reordered": "in another order",
    "garbled": "with words missing",
    "spun": "with words replaced",
    "interleaved": "with a translation in between",
    "translated": "translated",
    "mashup": "together with other posts",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known of a page when it is judged. `index_hosts` maps the index's hosts to accounts."""

    page: Page
    reading: Reading
    signals: tuple[Signal, ...]
    matches: tuple[Match, ...]
    index_hosts: Mapping[str, frozenset[str]]


def judge(evidence: Evidence, settings: Settings, allowed: AllowList = NOBODY) -> Verdict:
    """Decide label, score and reason of a page. Labels: unreadable, official, syndicated, repost, spam,
    clean; the first that holds."""
    page, reading, document = evidence.page, evidence.reading, evidence.reading.document
    if document.error:
        return unreadable(page, document.error, document)
    undecided = Verdict(
        url=page.url,
        label="clean",
        score=0.0,
        reason="",
        match=evidence.matches[0] if evidence.matches else None,
        matches=evidence.matches,
        blocks=reading.blocks,
        signals=evidence.signals,
        title=document.title,
        language=document.language,
        words=reading.own.words,
        canonical=document.canonical,
        host=document.host,
        input=page.input,
        offset=page.offset,
        boilerplate_share=boilerplate_share(reading.blocks),
        extra=page.extra,
        notes=_notes(page, document),
        credited=_credited(reading, evidence.matches),
        known=known_parts(page.url, evidence.index_hosts),
    )
    return decide(undecided, settings, allowed)


def unreadable(page: Page, error: str, document: Document | None = None) -> Verdict:
    """The verdict on a page that there is nothing to judge of."""
    error, notes = one_line(error), _notes(page, document)
    return Verdict(
        url=page.url,
        label="unreadable",
        score=0.0,
        reason="; ".join((error, *notes)),
        title=document.title if document else page.title or "",
        host=site_of(page.url)[0],
        input=page.input,
        offset=page.offset,
        error=error,
        extra=page.extra,
        notes=notes,
    )


def _notes(page: Page, document: Document | None) -> tuple[str, ...]:
    return (*filter(None, (page.note,)), *(document.notes if document else ()))


def decide(verdict: Verdict, settings: Settings, allowed: AllowList = NOBODY) -> Verdict:
    """The verdict with label, score and reason decided anew by what else it holds; these three themselves are not
    looked at, unless the page is unreadable: of that there is nothing to decide. Of the settings only the thresholds
    and hosts count, since the others had their say in the reading."""
    if verdict.error:
        return verdict
    copies = tuple(match for match in verdict.matches if match.probability >= settings.threshold)
    parts = score_parts(verdict)
    spam = noisy_or(parts.signals.values())
    entry = None
    if is_official(verdict, settings):
        label = "official"
    elif any(match.source_url in verdict.credited for match in copies):
        label = "syndicated"
    elif entry := allowed.entry_for(verdict.url):
        label = "clean"
    elif copies:
        label = "repost"
    elif spam >= settings.spam_threshold:
        label = "spam"
    else:
        label = "clean"
    accepted = entry is not None or label == "official"
    return replace(
        verdict,
        label=label,
        score=_score(label, accepted, parts),
        reason=_reason(label, entry, copies, verdict, tuple(parts.boilerplate)),
    )


def is_official(verdict: Verdict, settings: Settings) -> bool:
    """On a host of the index's posts (on a shared platform: of the same account), on a host named in the
    settings, or at the address of the post itself."""
    url = verdict.url
    if any(same_address(url, match.source_url) for match in verdict.matches):
        return True
    host, _ = site_of(url)
    if host and without_www(host) in {without_www(official) for official in settings.official_hosts}:
        return True
    return is_known_site(url, verdict.known, settings.shared_platforms)


def named_addresses(reading: Reading) -> set[str]:
    """The addresses, bare, that a page may name as its source."""
    return {bare_address(address) for address in _written_addresses(reading)} - {""}


def _credited(reading: Reading, matches: Sequence[Match]) -> tuple[str, ...]:
    """The `source_url`s of the matches that the page names."""
    bare = {match.source_url: bare_address(match.source_url) for match in matches}
    # Taking an address apart is slow, and hardly any link leads to a host of a match.
    hosts = {address.partition("/")[0].partition("?")[0] for address in bare.values()} - {""}
    written = _written_addresses(reading) if hosts else ()
    named = {bare_address(link) for link in written if any(host in link.casefold() for host in hosts)} - {""}
    return tuple(url for url, address in bare.items() if address in named)


def _written_addresses(reading: Reading) -> Iterator[str]:
    """A page's canonical address and the links that a reader sees or, in text without links, the addresses written
    there."""
    document, tokens = reading.document, reading.tokens
    if document.canonical:
        yield document.canonical
    if document.from_html:
        yield from (link.href for link in document.links if credits_source(link, reading.blocks))
    else:
        yield from (tokens.text[tokens.starts[at] : tokens.ends[at]] for at in np.flatnonzero(tokens.kinds == URL))


def credits_source(link: Link, blocks: Sequence[Block]) -> bool:
    """Whether a link may name a source: its text is read, in a block where the author says so. Hidden links and those
    around nothing are in no block."""
    if link.block < 0 or blocks[link.block].category in NO_CREDIT:
        return False
    return any(char.isalnum() for char in link.text)


def boilerplate_share(blocks: Iterable[Block]) -> float:
    """Share of the page's characters in blocks that are neither its own text nor its title, 0..1."""
    sizes = [(len(block.text), block.category) for block in blocks]
    total = sum(size for size, _ in sizes)
    other = sum(size for size, category in sizes if category not in ("content", "title"))
    return other / total if total else 0.0


def noisy_or(chances: Iterable[float]) -> float:
    """1 - product of (1 - chance): the chance that at least one of independent causes holds."""
    return 1.0 - math.prod(1.0 - min(max(chance, 0.0), 1.0) for chance in chances)


@dataclass(frozen=True, slots=True)
class ScoreParts:
    """What speaks for a low-value page, each a chance 0..1: that it is a copy, its signals, and telling boilerplate by
    category. More of any never lowers the score, which is `noisy_or` of all, less where nobody needs to look."""

    copy: float
    signals: Mapping[str, float]
    boilerplate: Mapping[str, float]


def score_parts(verdict: Verdict) -> ScoreParts:
    """The parts that a verdict's score is made of."""
    best = verdict.match
    copied = best.probability * (0.6 + 0.35 * max(best.share_of_page, best.share_of_source)) if best else 0.0
    signals = {signal.name: signal.score * SPAM_WEIGHTS.get(signal.name, 0.1) for signal in verdict.signals}
    categories = {block.category for block in verdict.blocks}.union(*(block.also for block in verdict.blocks))
    return ScoreParts(
        copied, signals, {name: weight for name, weight in BOILERPLATE_WEIGHTS.items() if name in categories}
    )


def _score(label: str, accepted: bool, parts: ScoreParts) -> float:
    spam, chrome = noisy_or(parts.signals.values()), noisy_or(parts.boilerplate.values())
    if accepted:
        return ACCEPTED * noisy_or((spam, chrome))
    if label == "syndicated":
        return DECLARED_COPY * parts.copy + (1 - DECLARED_COPY) * 0.5 * spam
    return noisy_or((parts.copy, spam, chrome))


def _reason(
    label: str, entry: Allowed | None, copies: tuple[Match, ...], verdict: Verdict, telling: Sequence[str]
) -> str:
    parts = [str(entry)] if entry else []
    if label == "official":
        parts.append(f"on the official host {verdict.host}" if verdict.host else "the post itself")
    elif copies:
        parts.append(_copy_phrase(copies[0], label))
        if len(copies) > 1:
            parts.append("1 more source" if len(copies) == 2 else f"{len(copies) - 1} more sources")
    elif verdict.matches and verdict.matches[0].probability >= WORTH_A_LOOK:
        best = verdict.matches[0]
        parts.append(f"may copy “{best.source_title or best.source_url}”: probability {best.probability:.3f}")
    elif verdict.matches and (shared := _shared_phrase(verdict.matches[0])):
        parts.append(shared)
    # Signals name themselves; three are enough to go and look.
    strong = [signal for signal in verdict.signals if signal.score >= 0.3 or label == "spam"][:3]
    parts += [f"{signal.name.replace('_', ' ')}: {signal.evidence}" for signal in strong]
    if telling and label != "official":
        parts.append("has " + ", ".join(name.replace("_", " ") for name in telling))
    # Nothing found in a part of the page is not nothing found.
    return "; ".join([*(parts or ["nothing found"]), *verdict.notes])


def _shared_phrase(match: Match) -> str:
    """What a reader of the shares wants to know of a match that is improbable; "" when they are small."""
    if match.kind == "translated":
        return ""  # its shares are of what lies between a few words in common, which says nothing of what is no copy
    title = match.source_title or match.source_url
    shares = [(match.share_of_page, "this page's own text"), (match.share_of_source, "the post")]
    large = " and ".join(f"{percent(share)} of {whole}" for share, whole in shares if share >= LARGE_SHARE)
    if not large:
        return ""
    return f"has {large} in common with “{title}”, but is hardly a copy: probability {match.probability:.3f}"


def _copy_phrase(match: Match, label: str) -> str:
    verb = "declares its source: copies" if label == "syndicated" else "copies"
    title = match.source_title or match.source_url
    return (
        f"{verb} “{title}” ({_KIND_PHRASES[match.kind]}): {percent(match.share_of_source)} of the post, "
        f"{percent(match.share_of_page)} of this page's own text"
    )
