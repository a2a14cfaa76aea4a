"""Aligning a page with a post."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def index_grams(grams):
    """Where each n-gram (uint64) stands: an open-addressing table (int32[power of two]) with 1 + the first place of
    each gram or 0, and for each place 1 + the next one of the same gram or 0 (int32)."""
    size = 16
    while size < 3 * grams.size:
        size *= 2
    slots = np.zeros(size, np.int32)
    following = np.zeros(grams.size, np.int32)
    for place in range(grams.size - 1, -1, -1):
        at = _slot_of(grams[place], grams, slots)
        following[place] = slots[at]
        slots[at] = place + 1
    return slots, following


@njit(cache=True)
def _slot_of(gram, grams, slots):
    """The slot that a gram has in a table, or would have."""
    at = np.int64(gram & np.uint64(slots.size - 1))
    while slots[at] and grams[slots[at] - 1] != gram:
        at = (at + 1) & (slots.size - 1)
    return at


@njit(cache=True)
def find_seeds(page_places, page_grams, slots, following, post_places, post_grams, sizes, most, room):
    """What page and post have in common in every projection: rows of seeds (int32[n, 5]: place on the page, in the
    post, projection, and the numbers of the n-grams on both sides), and keys (int64[n]) that sort them by place, the
    largest of those at one place first.

    The first six are tuples of arrays, one a projection: the tokens at which n-grams (uint64) begin, these, and what
    `index_grams` gives for the page's. `sizes` are the tokens of a gram. Grams that occur more than `most` times in the
    post are passed over, since they say nothing about where; on the page, which may repeat what it copies, the first
    `most` count. At most `room` seeds of each projection, the first in the post; places are below 2^28.
    """
    seeds = np.empty((room * len(page_grams), 5), np.int32)
    keys = np.empty(room * len(page_grams), np.int64)
    used = 0
    for number in range(len(page_grams)):
        on_page, in_post = page_places[number], post_places[number]
        table, after = slots[number], following[number]
        full = used + room
        # For each gram of the post 1 + its first place on the page or 0; by that place, how often the post has it.
        first = np.empty(post_grams[number].size, np.int32)
        times = np.zeros(page_grams[number].size + 1, np.int32)
        for gram in range(first.size):
            first[gram] = table[_slot_of(post_grams[number][gram], page_grams[number], table)]
            times[first[gram]] += 1
        for gram in range(first.size):
            here = first[gram]
            if times[here] > most[number]:
                continue
            left = most[number]
            while here and left and used < full:
                page_at, post_at = on_page[here - 1], in_post[gram]
                seeds[used, 0], seeds[used, 1], seeds[used, 2] = page_at, post_at, number
                seeds[used, 3], seeds[used, 4] = here - 1, gram
                keys[used] = (np.int64(page_at) << 34) | (np.int64(post_at) << 6) | (63 - sizes[number])
                used += 1
                left -= 1
                here = after[here - 1]
    return seeds[:used], keys[:used]


@njit(cache=True)
def chain(page_at, post_at, size, page_gap, post_gap, lookback, least):
    """Chain seeds into collinear passages.

    Seeds are sorted by (page_at, post_at); `size` is the tokens each covers. A seed may follow another
    when it comes later on both sides, within `page_gap` and `post_gap` tokens; it then adds the tokens it
    newly covers, less a quarter of a token for every doubling of the offset between the sides (the gap
    cost of minimap2, in tokens). Chains are taken best first; every seed serves one chain. Returns for
    each seed the number of its chain or -1, and the score of each chain (all >= `least`), best first.
    """
    n = page_at.size
    score = np.empty(n, np.float32)
    before = np.empty(n, np.int32)
    for at in range(n):
        best = np.float32(size[at])
        best_before = -1
        for prior in range(at - 1, max(-1, at - 1 - lookback), -1):
            ahead = page_at[at] - page_at[prior]
            down = post_at[at] - post_at[prior]
            if ahead > page_gap:
                break
            if ahead <= 0 or down <= 0 or down > post_gap or score[prior] + size[at] <= best:
                continue
            shift = abs(ahead - down)
            value = score[prior] + min(size[at], ahead, down) - np.float32(0.25 * np.log2(1.0 + shift))
            if value > best:
                best = value
                best_before = prior
        score[at] = best
        before[at] = best_before
    chain_of = np.full(n, -1, np.int32)
    chain_score = np.empty(n, np.float32)
    found = 0
    order = np.argsort(-score)
    for place in range(n):
        last = order[place]
        if score[last] < least:
            break
        if chain_of[last] >= 0:
            continue
        at = last
        while at >= 0 and chain_of[at] < 0:
            at = before[at]
        own = score[last] - (score[at] if at >= 0 else np.float32(0))
        if own < least:
            continue
        at = last
        while at >= 0 and chain_of[at] < 0:
            chain_of[at] = found
            at = before[at]
        chain_score[found] = own
        found += 1
    return chain_of, chain_score[:found]


@njit(cache=True)
def common_subsequence(a, b, symbols):
    """Length of the longest common subsequence of two sequences of numbers below `symbols`, 64 places of `b` at a time:
    the bit-vector algorithm of Crochemore et al. 2001, in which a 0 in `open_places` is a place where one more is in
    common."""
    words = (b.size + 63) // 64
    masks = np.zeros((symbols, words), np.uint64)
    for j in range(b.size):
        masks[b[j], j >> 6] |= np.uint64(1) << np.uint64(j & 63)
    open_places = np.full(words, ~np.uint64(0), np.uint64)
    for i in range(a.size):
        carry = np.uint64(0)
        for word in range(words):
            before = open_places[word]
            mask = masks[a[i], word]
            part = before & mask
            total = before + part
            overflow = total < before
            total += carry
            carry = np.uint64(overflow or total < carry)
            open_places[word] = total | (before & ~mask)
    length = 0
    for j in range(b.size):
        if not (open_places[j >> 6] >> np.uint64(j & 63)) & np.uint64(1):
            length += 1
    return length


@njit(cache=True)
def match_gaps(page, post, page_at, page_end, post_at, post_end, page_hits, post_hits):
    """Mark what a chain's seeds leave unmarked: between two seeds, the longest common subsequence of the tokens
    (uint64) that lie there on both sides. Seeds are sorted; `*_at` and `*_end` are their first and last tokens; gaps
    are as short as `chain` allows. Changes `page_hits` and `post_hits` (bool, one a token)."""
    page_done, post_done = page_end[0], post_end[0]
    for seed in range(1, page_at.size):
        own = page[page_done + 1 : page_at[seed]]
        other = post[post_done + 1 : post_at[seed]]
        if own.size > 0 and other.size > 0:
            lengths = np.zeros((own.size + 1, other.size + 1), np.int16)
            for i in range(own.size - 1, -1, -1):
                for j in range(other.size - 1, -1, -1):
                    if own[i] == other[j]:
                        lengths[i, j] = lengths[i + 1, j + 1] + 1
                    else:
                        lengths[i, j] = max(lengths[i + 1, j], lengths[i, j + 1])
            i, j = 0, 0
            while lengths[i, j] > 0:
                if own[i] == other[j]:
                    page_hits[page_done + 1 + i] = True
                    post_hits[post_done + 1 + j] = True
                    i += 1
                    j += 1
                elif lengths[i + 1, j] >= lengths[i, j + 1]:
                    i += 1
                else:
                    j += 1
        page_done = max(page_done, page_end[seed])
        post_done = max(post_done, post_end[seed])


@njit(cache=True)
def _cover(places, first, size, stamps, stamp, hits):
    """Stamp the tokens of a gram; how many had not the stamp, and of these how many are no hits."""
    new, fresh = 0, 0
    for at in range(first, first + size):
        token = places[at]
        if stamps[token] != stamp:
            stamps[token] = stamp
            new += 1
            if not hits[token]:
                fresh += 1
    return new, fresh


@njit(cache=True)
def find_spans(
    page, post, page_places, post_places, seeds, sizes, page_gap, post_gap, lookback, least, fill, page_hits, post_hits
):
    """Chain sorted seeds, as `find_seeds` makes them, into spans: int64[n, 5] (first and last token on the page, in the
    post, and how many tokens on the page are newly matched) and their scores, best first.

    `page` and `post` are token hashes; `page_hits` and `post_hits` (bool, one a token) are changed: they mark the
    tokens that seeds cover and, where `fill` is set, those that `match_gaps` finds between. A chain of which half the
    words on the page are marked already is none: the post repeats itself.
    """
    kept = np.empty(seeds.shape[0], np.int64)
    used = 0
    for row in range(seeds.shape[0]):
        if row == 0 or seeds[row, 0] != seeds[row - 1, 0] or seeds[row, 1] != seeds[row - 1, 1]:
            kept[used] = row
            used += 1
    page_at, post_at, size = np.empty(used, np.int32), np.empty(used, np.int32), np.empty(used, np.int32)
    page_end, post_end = np.empty(used, np.int32), np.empty(used, np.int32)
    for which in range(used):
        seed = seeds[kept[which]]
        page_at[which], post_at[which], size[which] = seed[0], seed[1], sizes[seed[2]]
        page_end[which] = page_places[seed[2]][seed[3] + sizes[seed[2]] - 1]
        post_end[which] = post_places[seed[2]][seed[4] + sizes[seed[2]] - 1]
    chain_of, scores = chain(page_at, post_at, size, page_gap, post_gap, lookback, least)

    # The members of each chain, in the seeds' order.
    bounds = np.zeros(scores.size + 1, np.int64)
    for which in range(used):
        if chain_of[which] >= 0:
            bounds[chain_of[which] + 1] += 1
    for number in range(scores.size):
        bounds[number + 1] += bounds[number]
    members_of = np.empty(bounds[-1], np.int64)
    filled = bounds.copy()
    for which in range(used):
        if chain_of[which] >= 0:
            members_of[filled[chain_of[which]]] = which
            filled[chain_of[which]] += 1

    page_stamps, post_stamps = np.zeros(page.size, np.int32), np.zeros(post.size, np.int32)
    spans = np.empty((scores.size, 5), np.int64)
    span_scores = np.empty(scores.size, np.float32)
    found = 0
    for number in range(scores.size):
        members = members_of[bounds[number] : bounds[number + 1]]
        covered, fresh = 0, 0
        page_first, page_last, post_first, post_last = page.size, -1, post.size, -1
        for which in members:
            seed = seeds[kept[which]]
            more = _cover(page_places[seed[2]], seed[3], size[which], page_stamps, number + 1, page_hits)
            covered += more[0]
            fresh += more[1]
            page_first, page_last = min(page_first, page_at[which]), max(page_last, page_end[which])
            post_first, post_last = min(post_first, post_at[which]), max(post_last, post_end[which])
        if 2 * fresh <= covered:
            continue
        for which in members:
            seed = seeds[kept[which]]
            _cover(post_places[seed[2]], seed[4], size[which], post_stamps, number + 1, post_hits)
        before = 0
        for token in range(page_first, page_last + 1):
            before += page_hits[token]
            page_hits[token] |= page_stamps[token] == number + 1
        for token in range(post_first, post_last + 1):
            post_hits[token] |= post_stamps[token] == number + 1
        if fill:
            match_gaps(
                page,
                post,
                page_at[members],
                page_end[members],
                post_at[members],
                post_end[members],
                page_hits,
                post_hits,
            )
        matched = -before
        for token in range(page_first, page_last + 1):
            matched += page_hits[token]
        spans[found] = (page_first, page_last, post_first, post_last, matched)
        span_scores[found] = scores[number]
        found += 1
    return spans[:found], span_scores[:found]
