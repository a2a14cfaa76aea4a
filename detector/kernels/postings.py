"""From keys to the posts that have them, and what these have in common with a text; see `detector.postings`."""

from __future__ import annotations

import numpy as np
from numba import njit

# A key's place below LISTED is its only post, from there on where its list of posts begins; that of a FLOODED key has
# too many.
LISTED, FLOODED = 1 << 31, (1 << 32) - 1


@njit(cache=True)
def _listed(place, lists):
    """First and one-past-last position of a key's posts in `lists`; none outside of it, whatever a forged index says."""
    begin = np.int64(place) - LISTED + 1
    if begin > lists.size:
        return np.int64(0), np.int64(0)
    return begin, min(begin + np.int64(lists[begin - 1]), np.int64(lists.size))


@njit(cache=True)
def count_posts(places_of, lists_of, at, bounds, flooded):
    """How many posts have each looked-up key: int64, 0 for one that is not there, `flooded` for one that is in too many.
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
    for which in order:
        weight = weights[which]
        if weight <= 0 or at[which] < 0:
            continue
        group = np.searchsorted(bounds, which, "right") - 1
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
                common[row] = 0
                rare[row] = 0
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
