"""From keys to the posts that have them, and what these have in common with a text; see `detector.postings`."""

from __future__ import annotations

import numpy as np
from numba import njit

# A key's place below LISTED is its only post, from there on where its list of posts begins; that of a FLOODED key has
# too many.
LISTED, FLOODED = 1 << 31, (1 << 32) - 1


@njit(cache=True)
def _listed(place, lists):
    """First and one-past-last position of a key's posts in `lists`; none outside, whatever a forged index says."""
    begin = np.int64(place) - LISTED + 1
    if begin > lists.size:
        return np.int64(0), np.int64(0)
    return begin, min(begin + np.int64(lists[begin - 1]), np.int64(lists.size))


@njit(cache=True)
def count_posts(places_of, lists_of, at, bounds, flooded):
    """How many posts have each looked-up key: int64, 0 for one that is not there, `flooded` for one that too many have.
    `at` is what `look_up` returns."""
    counts = np.zeros(at.size, np.int64)
    for group in range(len(places_of)):
        places, lists = places_of[group], lists_of[group]
        for which in range(bounds[group], bounds[group + 1]):
            if at[which] < 0:
                continue
            place = places[at[which]]
            if place < LISTED:
                counts[which] = 1
            elif place == FLOODED:
                counts[which] = flooded
            else:
                begin, end = _listed(place, lists)
                counts[which] = end - begin
    return counts


@njit(cache=True)
def unpack(places, lists):
    """The postings of keys: which key (int64) and which post (uint32), for each."""
    total = 0
    for place in places:
        if place < LISTED:
            total += 1
        elif place != FLOODED:
            begin, end = _listed(place, lists)
            total += end - begin
    which = np.empty(total, np.int64)
    posts = np.empty(total, np.uint32)
    used = 0
    for key in range(places.size):
        place = places[key]
        if place < LISTED:
            which[used] = key
            posts[used] = place
            used += 1
        elif place != FLOODED:
            begin, end = _listed(place, lists)
            for at in range(begin, end):
                which[used] = key
                posts[used] = lists[at]
                used += 1
    return which, posts


@njit(cache=True)
def rarest_first(counts, most):
    """The numbers of the keys that any post has, those of fewest posts first (int64); of keys of `most` posts and more
    the order stays."""
    ends = np.zeros(most + 2, np.int64)
    for count in counts:
        if count > 0:
            ends[min(count, most) + 1] += 1
    for count in range(most + 1):
        ends[count + 1] += ends[count]
    order = np.empty(ends[most + 1], np.int64)
    for which in range(counts.size):
        if counts[which] > 0:
            count = min(counts[which], most)
            order[ends[count]] = which
            ends[count] += 1
    return order


@njit(cache=True)
def sizes_by_row(sizes_of, posts):
    """The sizes of these posts in every group: uint32[posts, groups]."""
    out = np.empty((posts.size, len(sizes_of)), np.uint32)
    for group in range(len(sizes_of)):
        for row in range(posts.size):
            out[row, group] = sizes_of[group][posts[row]]
    return out


@njit(cache=True)
def keys_by_post(places, lists, posts):
    """How many of the keys each of so many posts has, without flooded ones: int64[posts]."""
    counts = np.zeros(posts, np.int64)
    for place in places:
        if place < LISTED:
            if place < posts:
                counts[place] += 1
        elif place != FLOODED:
            begin, end = _listed(place, lists)
            for at in range(begin, end):
                if lists[at] < posts:
                    counts[lists[at]] += 1
    return counts


@njit(cache=True)
def accumulate(places_of, lists_of, at, bounds, order, weights, is_rare, posts, most):
    """What keys weigh in each post that has one: these posts (int64[n]), the sums of the weights of their keys and of
    their rare keys alone (both float32[n, groups]).

    The keys whose numbers are in `order` are gone through in that order, those of a weight above 0; when `most` posts
    are found, the rest adds to these alone. Postings of no post, which only a forged index has, are passed over.
    """
    groups = len(places_of)
    room = min(most, posts)
    bits = 4
    while (1 << bits) < 2 * room:
        bits += 1
    shift = np.uint64(64 - bits)
    mask = (1 << bits) - 1
    slots = np.zeros(1 << bits, np.int32)
    found = np.empty(room, np.int64)
    common = np.empty((room, groups), np.float32)
    rare = np.empty((room, groups), np.float32)
    used = 0
    group = 0
    for which in order:
        weight = weights[which]
        if weight <= 0 or at[which] < 0:
            continue
        # Of keys that are as rare, those of one group stand together.
        while which >= bounds[group + 1]:
            group += 1
        while which < bounds[group]:
            group -= 1
        lists = lists_of[group]
        place = places_of[group][at[which]]
        begin, end = np.int64(0), np.int64(1)
        if place >= LISTED:
            if place == FLOODED:
                continue
            begin, end = _listed(place, lists)
        sums = rare if is_rare[which] else common
        for posting in range(begin, end):
            post = np.int64(place) if place < LISTED else np.int64(lists[posting])
            if post >= posts:
                continue
            slot = np.int64((np.uint64(post) * np.uint64(0x9E3779B97F4A7C15)) >> shift)
            while slots[slot] and found[slots[slot] - 1] != post:
                slot = (slot + 1) & mask
            row = np.int64(slots[slot]) - 1
            if row < 0:
                if used == room:
                    continue
                row = used
                used += 1
                slots[slot] = used
                found[row] = post
                for each in range(groups):
                    common[row, each] = 0
                    rare[row, each] = 0
            sums[row, group] += weight
    for row in range(used):
        for group in range(groups):
            common[row, group] += rare[row, group]
    return found[:used], common[:used], rare[:used]


@njit(cache=True)
def score_hits(common, posts, sizes_of, wanted, believed):
    """The sum over the groups of the larger containment, of what is `wanted` or of the post's keys, discounted where
    the hits are few beside `believed`: float32, one a row of `common`, which are those of the `posts`. `sizes_of` is a
    tuple: how many keys each post has in a group."""
    scores = np.zeros(common.shape[0], np.float32)
    believed = np.float32(believed)
    for group in range(len(sizes_of)):
        sizes = sizes_of[group]
        for row in range(common.shape[0]):
            hits = common[row, group]
            if hits > 0:
                in_page = hits / max(wanted[group], np.float32(1))
                in_post = np.float64(hits) / max(np.float64(sizes[posts[row]]), 1.0)
                share = max(np.float64(in_page), in_post)
                scores[row] = np.float32(np.float64(scores[row]) + share * np.float64(hits / (hits + believed)))
    return scores


@njit(cache=True)
def cosines(hits, posts, sizes, wanted, least):
    """The cosine of a text that wants so much, 1 at least, with posts of these `sizes`, `least` at least, with which it
    has `hits` in common: float64, one a row."""
    out = np.empty(hits.size, np.float64)
    wanted = max(np.float64(wanted), 1.0)
    for row in range(hits.size):
        out[row] = hits[row] / np.sqrt(max(np.int64(sizes[posts[row]]), least) * wanted)
    return out


@njit(cache=True)
def highest(scores, posts, limit):
    """Places of the `limit` highest scores above 0, the highest first; of equal ones those of the first posts."""
    best = np.empty(min(limit, scores.size), np.int64)
    used = 0
    for row in range(scores.size):
        score = scores[row]
        if score <= 0:
            continue
        at = used
        while at > 0 and (
            score > scores[best[at - 1]] or (score == scores[best[at - 1]] and posts[row] < posts[best[at - 1]])
        ):
            at -= 1
        if at == best.size:
            continue
        used = min(used + 1, best.size)
        for place in range(used - 1, at, -1):
            best[place] = best[place - 1]
        best[at] = row
    return best[:used]


@njit(cache=True)
def shares(common, rare, sizes, wanted, least, fallback):
    """Of posts that share keys with a text, in every group: the share of what is `wanted` and of the post's keys that
    both have, and the share of this that is rare: float64[posts, 3, groups]. Where a side has fewer than `least` keys
    in a group, its share is that in the group `fallback`."""
    out = np.empty((common.shape[0], 3, common.shape[1]), np.float64)
    for row in range(common.shape[0]):
        for group in range(common.shape[1]):
            asked = group if wanted[group] >= least else fallback
            out[row, 0, group] = common[row, asked] / max(wanted[asked], np.float32(1))
            kept = group if sizes[row, group] >= least else fallback
            out[row, 1, group] = np.float64(common[row, kept]) / max(np.float64(sizes[row, kept]), 1.0)
            out[row, 2, group] = min(rare[row, group] / max(common[row, group], np.float32(1)), np.float32(1))
    return out
