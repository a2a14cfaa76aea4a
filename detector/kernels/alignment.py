"""Aligning a page with a post."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def common_grams(page_grams, page_order, post_grams, post_order, most_in_page, most_in_post, room):
    """Places where page and post have the same n-gram: two int32 arrays (place in page, place in post).

    `*_order` sorts `*_grams`, equal ones by place. Grams that occur more than `most_in_post` times in the post are
    passed over, since they say nothing about where; on the page, which may repeat what it copies, the first
    `most_in_page` count. At most `room` pairs.
    """
    in_page = np.empty(room, np.int32)
    in_post = np.empty(room, np.int32)
    used = 0
    a, b = 0, 0
    while a < page_order.size and b < post_order.size:
        gram = page_grams[page_order[a]]
        other = post_grams[post_order[b]]
        if gram < other:
            a += 1
        elif gram > other:
            b += 1
        else:
            a_end = a
            while a_end < page_order.size and page_grams[page_order[a_end]] == gram:
                a_end += 1
            b_end = b
            while b_end < post_order.size and post_grams[post_order[b_end]] == gram:
                b_end += 1
            if b_end - b <= most_in_post:
                for x in range(a, min(a_end, a + most_in_page)):
                    for y in range(b, b_end):
                        if used == room:
                            return in_page[:used], in_post[:used]
                        in_page[used] = page_order[x]
                        in_post[used] = post_order[y]
                        used += 1
            a, b = a_end, b_end
    return in_page[:used], in_post[:used]


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
            if ahead <= 0 or down <= 0 or down > post_gap:
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
