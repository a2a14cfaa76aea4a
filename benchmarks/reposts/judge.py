"""Reports against what is known: recall, false alarms, sources, kinds, calibration."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from crawl import Crawl, Known, Report

from detector.training.calibration import calibration_error, highest_but
from detector.training.matcher import FALSE_ALARMS

# The labels that call a page a copy.
COPY_LABELS = ("repost", "syndicated")
BINS = 10
ROUNDS = 500  # of the bootstrap


def clear_negatives(crawl: Crawl, report: Report) -> dict[str, Known]:
    """The pages that copy nothing, as everybody would say, by address."""
    return {
        url: known
        for url, known in crawl.known.items()
        if not known.sources and url not in crawl.apart and report[url]["source_url"] not in crawl.untold.get(url, ())
    }


def judge(crawl: Crawl, report: Report) -> dict[str, Any]:
    """Figures over all kinds, by the label and at the threshold that lets one negative in a thousand pass."""
    copies = {url: known for url, known in crawl.known.items() if known.sources}
    negatives = {url: known for url, known in crawl.known.items() if not known.sources}
    apart = {url: known for url, known in negatives.items() if url in crawl.apart}
    clear = clear_negatives(crawl, report)
    untold = negatives.keys() - apart.keys() - clear.keys()
    probability = {url: float(row["repost_probability"]) for url, row in report.items()}
    threshold = highest_but([probability[url] for url in clear], FALSE_ALARMS)
    flagged = {url for url in crawl.known if report[url]["label"] in COPY_LABELS}
    hits = [url for url in copies if url in flagged]
    above = [url for url in copies if probability[url] > threshold]
    right = {url for url, known in copies.items() if report[url]["source_url"] in known.sources}
    judged = [url for url in (*copies, *clear) if probability[url] > 0]
    truth = np.array([url in right for url in judged], bool)
    probabilities = np.array([probability[url] for url in judged])
    return {
        "posts": len(crawl.post_texts),
        "copies": len(copies),
        "negatives": len(clear),
        "apart": {damage: len(urls) for damage, urls in _by_damage(apart).items()},
        "untold": len(untold),
        "untold_flagged": sum(url in flagged for url in untold),
        "threshold": threshold,
        "recall": mean_by_damage(copies, {url: probability[url] > threshold for url in copies}),
        "mean_recall_interval": mean_recall_interval(copies, clear, probability),
        "recall_by_label": mean_by_damage(copies, {url: url in flagged for url in copies}),
        "kind_right_by_damage": mean_by_damage(
            {url: copies[url] for url in hits}, {url: _same_kind(copies[url].kind, report[url]) for url in hits}
        ),
        "false_alarms": mean_by_damage(clear, {url: url in flagged for url in clear}),
        "flagged_apart": mean_by_damage(apart, {url: url in flagged for url in apart}),
        "false_alarm": float(np.mean([url in flagged for url in clear])),
        "source_right": float(np.mean([url in right for url in above])),
        "kind_right": float(np.mean([_same_kind(copies[url].kind, report[url]) for url in hits])),
        "calibration_error": calibration_error(probabilities, truth, BINS),
        "reliability": reliability(probabilities, truth),
    }


def mean_recall_interval(
    copies: Mapping[str, Known], clear: Mapping[str, Known], probability: Mapping[str, float]
) -> tuple[float, float]:
    """The 95 % bootstrap interval of the mean recall at one false alarm in a thousand: of every kind as many pages are
    drawn with replacement as there are, and the threshold anew with the negatives."""
    random = np.random.default_rng(0)
    negatives = np.array([probability[url] for url in clear])
    kinds = [np.array([probability[url] for url in urls]) for urls in _by_damage(copies).values()]
    means = []
    for _ in range(ROUNDS):
        threshold = highest_but(random.choice(negatives, negatives.size).tolist(), FALSE_ALARMS)
        means.append(np.mean([(random.choice(kind, kind.size) > threshold).mean() for kind in kinds]))
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


def judge_real(crawl: Crawl, report: Report) -> dict[str, Any]:
    """By kind: how many real copies, the share flagged, of those the share with the right source; for all and for
    those whose original is of a site that nothing was trained on."""
    figures: dict[str, Any] = {}
    for side in ("all", "test sites"):
        known = {url: one for url, one in crawl.known.items() if side == "all" or one.test_site}
        found = {url: report[url]["label"] in COPY_LABELS for url in known}
        right = {url: report[url]["source_url"] in known[url].sources for url in known}
        figures[side] = {
            kind: {
                "pages": len(urls),
                "flagged": float(np.mean([found[url] for url in urls])),
                "source_right": float(np.mean([right[url] for url in urls if found[url]] or [0.0])),
            }
            for kind, urls in _by_damage(known).items()
        }
    return figures


def _same_kind(kind: str, row: Mapping[str, str]) -> bool:
    return kind == row["repost_kind"] or {kind, row["repost_kind"]} == {"mashup", "excerpt"}


def _by_damage(known: Mapping[str, Known]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for url, one in known.items():
        groups[one.damage].append(url)
    return groups


def mean_by_damage(known: Mapping[str, Known], marks: Mapping[str, bool]) -> dict[str, float]:
    return {damage: float(np.mean([marks[url] for url in urls])) for damage, urls in _by_damage(known).items()}


def reliability(probabilities: np.ndarray, truth: np.ndarray) -> list[tuple[float, float, int]]:
    """Of each filled bin: mean probability, share that is true, pages."""
    bin_of = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    return [
        (float(probabilities[bin_of == bin].mean()), float(truth[bin_of == bin].mean()), int((bin_of == bin).sum()))
        for bin in np.unique(bin_of)
    ]


def reliability_plot(points: Iterable[tuple[float, float, int]]) -> str:
    """An SVG: share of true matches over the probability said; circles as large as the bins."""
    marks = "".join(
        f'<circle cx="{40 + 300 * said:.1f}" cy="{320 - 300 * true:.1f}" r="{3 + np.log10(pages + 1) * 2:.1f}"/>'
        f'<text x="{48 + 300 * said:.1f}" y="{312 - 300 * true:.1f}">{pages}</text>'
        for said, true, pages in points
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 360 360" font-family="sans-serif" font-size="9">'
        '<rect width="360" height="360" fill="white"/><path d="M40 320H340M40 320V20" stroke="black"/>'
        '<path d="M40 320L340 20" stroke="gray" stroke-dasharray="4"/>'
        f'<g fill="steelblue">{marks}</g>'
        '<text x="120" y="348">probability that the report gives</text>'
        '<text transform="translate(14 240) rotate(-90)">share of true matches</text></svg>\n'
    )


def table(figures: Mapping[str, Any]) -> str:
    """The figures as Markdown: a row a kind of damage, a column for us and each peer."""
    rivals = figures.get("peers", {})
    lines = [
        f"{figures['copies']} copies and {figures['negatives']} pages that copy nothing, "
        f"against {figures['posts']} posts. "
        f"Recall at {FALSE_ALARMS:.1%} false alarms, and by label at {figures['false_alarm']:.2%}.",
        "",
        "| damage | by label | detector | " + "".join(f"{name} | " for name in rivals),
        "|---|---|---|" + "---|" * len(rivals),
    ]
    for damage, recall in figures["recall"].items():
        cells = [figures["recall_by_label"][damage], recall, *(peer["recall"][damage] for peer in rivals.values())]
        lines.append(f"| {damage} | " + " | ".join(f"{cell:.3f}" for cell in cells) + " |")
    means = [figures["recall_by_label"], figures["recall"], *(peer["recall"] for peer in rivals.values())]
    lines.append("| **mean** | " + " | ".join(f"**{np.mean(list(mean.values())):.3f}**" for mean in means) + " |")
    low, high = figures["mean_recall_interval"]
    lines += [
        "",
        f"95 % interval of the detector's mean recall, the threshold drawn anew too: {low:.3f} to {high:.3f}.",
    ]
    lines += ["", "| pages that copy nothing | flagged by label |", "|---|---|"]
    lines += [f"| {damage} | {share:.2%} |" for damage, share in figures["false_alarms"].items()]
    lines += [
        f"| not counted: {damage} ({figures['apart'][damage]} pages) | {share:.2%} |"
        for damage, share in figures["flagged_apart"].items()
    ]
    lines += [
        "",
        f"Of {figures['untold']} more pages ({figures['untold_flagged']} of them flagged) nobody knows: their best "
        "candidate is a post of their own site in another language, and not all translations are listed.",
    ]
    lines += ["", "| | |", "|---|---|"]
    for name in ("source_right", "kind_right", "calibration_error", "threshold"):
        lines.append(f"| {name.replace('_', ' ')} | {figures[name]:.4f} |")
    for side, kinds in figures.get("real", {}).items():
        lines += [
            "",
            f"| real copies, {side} | pages | flagged | of these with the right source |",
            "|---|---|---|---|",
        ]
        lines += [
            f"| {kind} | {one['pages']} | {one['flagged']:.3f} | {one['source_right']:.3f} |"
            for kind, one in kinds.items()
        ]
    if rivals:
        lines += ["", "Peers: " + "; ".join(f"{name}: {peer['what']}" for name, peer in rivals.items()) + "."]
    return "\n".join(lines) + "\n"
