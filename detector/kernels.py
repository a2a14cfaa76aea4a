"""The compiled loops: tokenising, shingling, looking up, aligning.

Everything here takes and returns numpy arrays. numba compiles each function at its first call and keeps
the result in its cache, so that installing needs no compiler. Nothing else in the package is compiled.
"""

from __future__ import annotations

import numpy as np
from numba import njit

SEPARATOR, LATIN, NUMBER, CJK, WORD, URL = 0, 1, 2, 3, 4, 5

_EXPANDS = np.uint32(1 << 31)
_FNV_OFFSET = np.uint64(0xCBF29CE484222325)
_FNV_PRIME = np.uint64(0x100000001B3)
_LONGEST_TAG = 400
_LONGEST_ENTITY = 10


@njit(cache=True, inline="always")
def mix64(value):
    """The finaliser of splitmix64: spreads every input bit over all 64 output bits."""
    value = np.uint64(value)
    value ^= value >> np.uint64(30)
    value *= np.uint64(0xBF58476D1CE4E5B9)
    value ^= value >> np.uint64(27)
    value *= np.uint64(0x94D049BB133111EB)
    value ^= value >> np.uint64(31)
    return value


@njit(cache=True)
def _starts_url(codes, at, size):
    """Length of `http://`, `https://` or `www.` at this position, else 0."""
    first, second, third = codes[at] | 32, codes[min(at + 1, size - 1)] | 32, codes[min(at + 2, size - 1)] | 32
    if at + 10 < size and first == 104 and second == 116 and third == 116 and (codes[at + 3] | 32) == 112:
        after = at + 5 if (codes[at + 4] | 32) == 115 else at + 4
        if codes[after] == 58 and codes[after + 1] == 47 and codes[after + 2] == 47:
            return after + 3 - at
    if at + 5 < size and first == 119 and second == 119 and third == 119 and codes[at + 3] == 46:
        return 4
    return 0


@njit(cache=True)
def _ends_url(code):
    """Whether this character cannot belong to an address in running text."""
    return code <= 32 or code > 126 or code == 34 or code == 39 or code == 41 or code == 60 or code == 62 or code == 93


@njit(cache=True)
def _markup_end(codes, at, size):
    """The end of an HTML tag or character reference that starts here, else `at`.

    Posts come as Markdown or plain text that still holds some; a page's text does not.
    """
    if codes[at] == 60 and at + 1 < size:
        after = codes[at + 1]
        if after == 47 or after == 33 or 97 <= (after | 32) <= 122:
            for end in range(at + 1, min(size, at + _LONGEST_TAG)):
                if codes[end] == 62:
                    return end + 1
                if codes[end] == 60:
                    return at
    elif codes[at] == 38:
        for end in range(at + 1, min(size, at + _LONGEST_ENTITY)):
            code = codes[end]
            if code == 59:
                return end + 1 if end > at + 1 else at
            if not (code == 35 or 48 <= code <= 57 or 97 <= (code | 32) <= 122):
                return at
    return at


@njit(cache=True)
def tokenise(codes, fold, kinds, expansions, confusable, evasive):
    """Cut code points into tokens.

    `codes` is uint32[n]; the tables are those of models/normalisation. Returns the number of tokens and
    arrays of that many used entries: hashes uint64, starts and ends int32 (offsets into `codes`), kinds
    and lengths uint8 (characters in normal form, at most 255), then the number of folded characters.
    """
    size = codes.size
    room = 4 * size + 4
    hashes = np.empty(room, np.uint64)
    starts = np.empty(room, np.int32)
    ends = np.empty(room, np.int32)
    token_kinds = np.empty(room, np.uint8)
    lengths = np.empty(room, np.uint8)
    table = np.uint32(fold.size)
    count = 0
    folds = 0
    at = 0
    # The token being read: two hashes, with look-alikes as they are and folded to Latin.
    plain = _FNV_OFFSET
    latinised = _FNV_OFFSET
    length = 0
    start = 0
    end = 0
    has_latin = False
    has_word = False
    lookalikes = 0
    others = 0
    one = np.empty(1, np.uint32)
    while at <= size:
        code = codes[at] if at < size else np.uint32(32)
        if at < size and (code == 60 or code == 38):
            after = _markup_end(codes, at, size)
            step = after - at if after > at else 1
            parts = one[:0]
        else:
            step = 1
            prefix = 0
            if length == 0 and ((code | 32) == 104 or (code | 32) == 119):
                prefix = _starts_url(codes, at, size)
            if prefix > 0:
                end_url = at + prefix
                while end_url < size and not _ends_url(codes[end_url]):
                    end_url += 1
                while end_url > at + prefix and codes[end_url - 1] in (44, 46, 58, 59, 63, 33, 42, 95):
                    end_url -= 1
                first = at + prefix
                if first + 4 < end_url and codes[first] == 119 and codes[first + 3] == 46:
                    first += 4
                last = end_url
                while last > first and codes[last - 1] == 47:
                    last -= 1
                url = _FNV_OFFSET
                for position in range(first, last):
                    url = (url ^ np.uint64(fold[codes[position]])) * _FNV_PRIME
                hashes[count] = mix64(url ^ np.uint64(URL))
                starts[count] = at
                ends[count] = end_url
                token_kinds[count] = URL
                lengths[count] = min(255, end_url - at)
                count += 1
                at = end_url
                continue
            if code >= table:
                parts = one[:0]
            else:
                if evasive[code]:
                    folds += 1
                target = fold[code]
                if target == 0:
                    # Invisible characters, marks and soft hyphens vanish without ending the word.
                    at += 1
                    continue
                if target & _EXPANDS:
                    where = target ^ _EXPANDS
                    parts = expansions[where + 1 : where + 1 + expansions[where]]
                else:
                    one[0] = target
                    parts = one
            # "(](/relative" - the target of a Markdown link - is an address, not words.
            if (
                code == 40
                and at > 0
                and codes[at - 1] == 93
                and at + 1 < size
                and (codes[at + 1] == 47 or codes[at + 1] == 35)
            ):
                close = at + 1
                while close < size and codes[close] != 41 and codes[close] > 32 and close - at < _LONGEST_TAG:
                    close += 1
                step = close - at
                parts = one[:0]
        for which in range(parts.size + 1):
            if which == parts.size:
                if parts.size:
                    break
                char = np.uint32(32)
            else:
                char = parts[which]
            kind = kinds[char] if char < table else SEPARATOR
            # A point between digits belongs to the number (1.27), a comma does not count (1,000).
            if length > 0 and (char == 46 or char == 44) and at + 1 < size and 48 <= codes[at + 1] <= 57:
                before = codes[at - 1]
                if 48 <= before <= 57:
                    if char == 46 and not has_latin and not has_word:
                        plain = (plain ^ np.uint64(46)) * _FNV_PRIME
                        latinised = (latinised ^ np.uint64(46)) * _FNV_PRIME
                        continue
                    if char == 44 and not has_latin and not has_word:
                        continue
            joins = kind == LATIN or kind == NUMBER or kind == WORD
            if length > 0 and not joins:
                if has_latin or has_word:
                    mixed = lookalikes > 0 and others == 0 and has_latin
                    if mixed:
                        folds += lookalikes
                    hashes[count] = mix64(latinised if mixed else plain)
                    token_kinds[count] = LATIN if (mixed or not has_word) else WORD
                else:
                    hashes[count] = mix64(plain)
                    token_kinds[count] = NUMBER
                starts[count] = start
                ends[count] = end
                lengths[count] = min(255, length)
                count += 1
                length = 0
            if joins:
                if length == 0:
                    plain = _FNV_OFFSET
                    latinised = _FNV_OFFSET
                    has_latin = False
                    has_word = False
                    lookalikes = 0
                    others = 0
                    start = at
                plain = (plain ^ np.uint64(char)) * _FNV_PRIME
                twin = confusable[char]
                if twin:
                    lookalikes += 1
                    latinised = (latinised ^ np.uint64(twin)) * _FNV_PRIME
                else:
                    latinised = (latinised ^ np.uint64(char)) * _FNV_PRIME
                    if kind == WORD:
                        others += 1
                if kind == LATIN:
                    has_latin = True
                elif kind == WORD:
                    has_word = True
                length += 1
                end = at + 1
            elif kind == CJK:
                hashes[count] = mix64((_FNV_OFFSET ^ np.uint64(char)) * _FNV_PRIME)
                starts[count] = at
                ends[count] = at + 1
                token_kinds[count] = CJK
                lengths[count] = 1
                count += 1
        at += step
    return count, hashes, starts, ends, token_kinds, lengths, folds


@njit(cache=True)
def ngrams(hashes, n):
    """Hashes uint64[m - n + 1] of every run of `n` consecutive tokens (empty when m < n)."""
    size = max(0, hashes.size - n + 1)
    out = np.empty(size, np.uint64)
    for first in range(size):
        value = _FNV_OFFSET
        for offset in range(n):
            value = (value ^ hashes[first + offset]) * _FNV_PRIME
            value ^= value >> np.uint64(29)
        out[first] = mix64(value)
    return out


@njit(cache=True)
def character_ngrams(codes, starts, ends, fold, n):
    """Hashes of every run of `n` letters over words joined without spaces.

    Only single-character folds count; words are given by `starts` and `ends` into `codes`.
    """
    total = 0
    for word in range(starts.size):
        total += ends[word] - starts[word]
    letters = np.empty(total, np.uint64)
    table = np.uint32(fold.size)
    used = 0
    for word in range(starts.size):
        for at in range(starts[word], ends[word]):
            code = codes[at]
            if code < table:
                target = fold[code]
                if target != 0 and not target & _EXPANDS:
                    letters[used] = target
                    used += 1
    return ngrams(letters[:used], n)


@njit(cache=True)
def look_up(keys, wanted):
    """First and one-past-last position of each wanted key in the sorted `keys`: two int64 arrays."""
    first = np.empty(wanted.size, np.int64)
    last = np.empty(wanted.size, np.int64)
    for which in range(wanted.size):
        key = wanted[which]
        low, high = 0, keys.size
        while low < high:
            middle = (low + high) >> 1
            if keys[middle] < key:
                low = middle + 1
            else:
                high = middle
        first[which] = low
        # Nearly all keys occur once or twice: gallop before bisecting again.
        step = 1
        while low + step < keys.size and keys[low + step] == key:
            step *= 2
        high = min(keys.size, low + step)
        while low < high:
            middle = (low + high) >> 1
            if keys[middle] <= key:
                low = middle + 1
            else:
                high = middle
        last[which] = low
    return first, last


def _packed_names(names):
    """Element names of up to eight letters as sorted numbers, one byte a letter."""
    return np.array(sorted(int.from_bytes(name.encode(), "big") for name in names.split()), np.uint64)


# Elements that nest in no parser's tree however often they are opened, or whose nesting costs it nothing: void ones,
# those whose end tags people leave out because a parser puts them in, the leaves of drawings.
_UNCOUNTED = _packed_names(
    "p li td th tr dt dd option thead tbody tfoot colgroup col br hr img input meta link wbr area param source track "
    "embed base frame path circle rect line polyline polygon ellipse use stop image"
)
# Elements that a parser opens anew in every paragraph that they were left open in.
_FORMATTING = _packed_names("a b big code em font i nobr s small strike strong tt u")


@njit(cache=True)
def _among(names, name):
    place = np.searchsorted(names, name)
    return place < names.size and names[place] == name


@njit(cache=True)
def markup_extremes(raw):
    """Most open elements, most open formatting elements, most attributes of one tag on a page (uint8[bytes]):
    estimates from one pass over the tags, not a parse."""
    depth, deepest, formatting, most_formatting, most_attributes = 0, 0, 0, 0, 0
    at, size = 0, raw.size
    while at < size - 1:
        at += 1
        if raw[at - 1] != 60:
            continue
        closing = raw[at] == 47
        if closing:
            at += 1
        name, length = np.uint64(0), 0
        while at < size and length < 8 and 48 <= raw[at] <= 122 and raw[at] != 60 and raw[at] != 62:
            letter = raw[at] | 32 if 65 <= raw[at] <= 90 else raw[at]
            name = name << np.uint64(8) | np.uint64(letter)
            length += 1
            at += 1
        if length == 0:
            continue
        step = -1 if closing else 1
        if _among(_FORMATTING, name):
            formatting = max(0, formatting + step)
            most_formatting = max(most_formatting, formatting)
        elif not _among(_UNCOUNTED, name):
            depth = max(0, depth + step)
            deepest = max(deepest, depth)
        attributes, quote, blank = 0, 0, False
        while at < size and (quote or raw[at] != 62):
            byte = raw[at]
            if quote:
                if byte == quote:
                    quote = 0
            elif (byte == 34 or byte == 39) and (raw[at - 1] == 61 or raw[at - 1] <= 32):
                quote = byte
                blank = False
            elif byte <= 32 or byte == 47:
                blank = True
            elif blank:
                attributes += 1
                blank = False
            at += 1
        most_attributes = max(most_attributes, attributes)
    return deepest, most_formatting, most_attributes


@njit(cache=True)
def accumulate(posts, first, last, weights, sums):
    """Add each looked-up key's weight to `sums[post]` (float32[posts]) for every one of its postings; postings of no
    post, which only a forged index has, are passed over."""
    for which in range(first.size):
        for at in range(first[which], last[which]):
            post = posts[at]
            if post < sums.size:
                sums[post] += weights[which]


@njit(cache=True)
def common_grams(page_grams, page_order, post_grams, post_order, most_in_page, most_in_post, room):
    """Places where page and post have the same n-gram: two int32 arrays (place in page, place in post).

    `*_order` sorts `*_grams`. Grams that occur more than `most_in_*` times on a side are passed over:
    they say nothing about where. At most `room` pairs.
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
            if a_end - a <= most_in_page and b_end - b <= most_in_post:
                for x in range(a, a_end):
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
def common_subsequence(a, b):
    """Length of the longest common subsequence of two hash sequences (time |a| * |b|)."""
    row = np.zeros(b.size + 1, np.int32)
    for i in range(a.size):
        diagonal = 0
        for j in range(b.size):
            above = row[j + 1]
            if a[i] == b[j]:
                row[j + 1] = diagonal + 1
            elif row[j] > above:
                row[j + 1] = row[j]
            diagonal = above
    return row[b.size]


@njit(cache=True)
def sum_trees(features, feature, threshold, left, right, value, roots, base):
    """Sum of the trees' leaves for each row of `features`, float64[rows]; see `detector.trees`."""
    out = np.full(features.shape[0], base)
    for row in range(features.shape[0]):
        for root in roots:
            node = root
            while feature[node] >= 0:
                node = left[node] if features[row, feature[node]] <= threshold[node] else right[node]
            out[row] += value[node]
    return out


# Boilerplate: letters, counts, n-grams and closed forms of all blocks of a page at once, linear scores, trees.

COUNTS = (
    "characters", "words", "unspaced", "digits", "capitals", "marks", "sentence_ends", "commas", "separators",
    "code_marks", "capitalised", "lines", "ends_sentence", "ends_colon", "ends_more", "starts_low", "starts_digit",
    "addresses", "quotes", "short_words",
)  # fmt: skip
_HEAD, _TAIL = 256, 96


@njit(cache=True, error_model="numpy")
def fold_blocks(codes, bounds, fold, expansions, kinds):
    """Normal form and character counts of blocks.

    `codes` is uint32[n], the blocks' texts one after the other; `bounds` int64[blocks + 1] where each begins.
    Returns letters uint32[m] (case and compatibility folded, every digit a 0, white space kept only between
    two letters of spaced scripts), their bounds, and counts int32[blocks, len(COUNTS)].
    """
    blocks = bounds.size - 1
    table = np.uint32(fold.size)
    # A character becomes at most four letters, and a space may come before it.
    letters = np.empty(codes.size * 5, np.uint32)
    where = np.zeros(blocks + 1, np.int64)
    counts = np.zeros((blocks, 20), np.int32)
    used = 0
    for block in range(blocks):
        row = counts[block]
        gap = False
        in_word = 0
        last_kind = SEPARATOR
        last = np.uint32(32)
        begun = False
        for at in range(bounds[block], bounds[block + 1]):
            code = codes[at]
            if code <= 32 or code == 0xA0 or code == 0x3000 or (0x2000 <= code <= 0x200A):
                gap = True
                if in_word and in_word <= 3:
                    row[19] += 1
                in_word = 0
                if code == 10:
                    row[11] += 1
                continue
            if code >= table:
                target = code
            else:
                target = fold[code]
                if target == 0:
                    continue
            row[0] += 1
            expands = False
            first = target
            if code < table and target & _EXPANDS:
                expands = True
                first = expansions[(target ^ _EXPANDS) + 1]
            kind = kinds[first] if first < table else SEPARATOR
            if not begun:
                begun = True
                if kind == NUMBER:
                    row[16] = 1
                elif kind == LATIN and not 65 <= code <= 90:
                    row[15] = 1
            if kind == LATIN or kind == WORD:
                if in_word == 0:
                    row[1] += 1
                    if 65 <= code <= 90:
                        row[10] += 1
                in_word += 1
                if 65 <= code <= 90:
                    row[4] += 1
            else:
                if in_word and in_word <= 3:
                    row[19] += 1
                in_word = 0
                if kind == CJK:
                    row[1] += 1
                    row[2] += 1
                elif kind == NUMBER:
                    row[3] += 1
                else:
                    row[5] += 1
                    if first == 46 or first == 33 or first == 63 or first == 0x3002:
                        after = codes[at + 1] if at + 1 < bounds[block + 1] else np.uint32(32)
                        if first == 0x3002 or code > 127 or after <= 32 or after == 34 or after == 0x201D:
                            row[6] += 1
                    elif first == 44 or first == 59 or first == 0x3001:
                        row[7] += 1
                    elif (
                        first == 124
                        or first == 0xB7
                        or first == 0x2022
                        or first == 0x203A
                        or first == 0xBB
                        or first == 62
                        or first == 47
                        or first == 95
                    ):
                        row[8] += 1
                    elif first == 64:
                        row[17] += 1
                    elif first == 34 or first == 0x201C or first == 0x201D or first == 0x300C or first == 0x300D:
                        row[18] += 1
                    if (
                        first == 123
                        or first == 125
                        or first == 61
                        or first == 60
                        or first == 36
                        or first == 92
                        or first == 59
                        or first == 40
                        or first == 91
                        or first == 96
                    ):
                        row[9] += 1
            if gap:
                gap = False
                if (kind == LATIN or kind == WORD) and (last_kind == LATIN or last_kind == WORD):
                    letters[used] = 32
                    used += 1
            if expands:
                origin = target ^ _EXPANDS
                for which in range(min(expansions[origin], 4)):
                    part = expansions[origin + 1 + which]
                    if part > 32:
                        letters[used] = 48 if kinds[part] == NUMBER else part
                        used += 1
            else:
                letters[used] = 48 if kind == NUMBER else target
                used += 1
            last_kind = kind
            last = first
        if in_word and in_word <= 3:
            row[19] += 1
        if last == 46 or last == 33 or last == 63 or last == 0x3002 or last == 0x201D or last == 34:
            row[12] = 1
        elif last == 58:
            row[13] = 1
        elif last == 0x2026 or last == 0xBB or last == 62 or last == 0x203A or last == 0x2192:
            row[14] = 1
        where[block + 1] = used
    return letters[:used].copy(), where, counts


@njit(cache=True, error_model="numpy")
def text_features(letters, bounds, kinds, buckets):
    """Hashed n-grams of each block: words and word pairs (a character of an unspaced script is a word),
    runs of three and four characters with the block's ends marked.

    Long blocks are read at both ends only. Returns bucket numbers int32 and their bounds int64[blocks + 1].
    """
    blocks = bounds.size - 1
    table = np.uint32(kinds.size)
    total = 0
    for block in range(blocks):
        total += 4 * (min(bounds[block + 1] - bounds[block], _HEAD + _TAIL) + 4)
    out = np.empty(total, np.int32)
    where = np.zeros(blocks + 1, np.int64)
    window = np.empty(_HEAD + _TAIL + 4, np.uint32)
    mask = np.uint64(buckets - 1)
    used = 0
    for block in range(blocks):
        size = 1
        window[0] = 2
        start, stop = bounds[block], bounds[block + 1]
        if stop - start <= _HEAD + _TAIL:
            for at in range(start, stop):
                window[size] = letters[at]
                size += 1
        else:
            for at in range(start, start + _HEAD):
                window[size] = letters[at]
                size += 1
            window[size] = 1
            size += 1
            for at in range(stop - _TAIL, stop):
                window[size] = letters[at]
                size += 1
        window[size] = 3
        size += 1
        word = _FNV_OFFSET
        before = _FNV_OFFSET
        for at in range(size):
            code = window[at]
            kind = kinds[code] if code < table else SEPARATOR
            spaced = kind == LATIN or kind == WORD or kind == NUMBER
            if not spaced and word != _FNV_OFFSET:
                out[used] = np.int32(mix64(word) & mask)
                out[used + 1] = np.int32(mix64(before * _FNV_PRIME ^ word) & mask)
                used += 2
                before = word
                word = _FNV_OFFSET
            if spaced:
                word = (word ^ np.uint64(code)) * _FNV_PRIME
            elif kind == CJK:
                single = (_FNV_OFFSET ^ np.uint64(code)) * _FNV_PRIME
                out[used] = np.int32(mix64(single) & mask)
                out[used + 1] = np.int32(mix64(before * _FNV_PRIME ^ single) & mask)
                used += 2
                before = single
            if at >= 2:
                gram = (
                    np.uint64(window[at - 2])
                    | np.uint64(window[at - 1]) << np.uint64(21)
                    | np.uint64(code) << np.uint64(42)
                )
                out[used] = np.int32(mix64(gram) & mask)
                used += 1
                if at >= 3:
                    out[used] = np.int32(mix64(mix64(gram) ^ np.uint64(window[at - 3])) & mask)
                    used += 1
        where[block + 1] = used
    return out[:used].copy(), where


@njit(cache=True, error_model="numpy")
def name_features(codes, bounds, buckets):
    """Hashed names of each string of class, id, role and element names: every name, and the parts of
    names joined by "-" or "_"; the first six once more as such. Digits are all alike."""
    strings = bounds.size - 1
    out = np.empty(3 * codes.size + 3 * strings + 3, np.int32)
    where = np.zeros(strings + 1, np.int64)
    mask = np.uint64(buckets - 1)
    used = 0
    for string in range(strings):
        name = _FNV_OFFSET
        part = _FNV_OFFSET
        parts = 0
        names = 0
        for at in range(bounds[string], bounds[string + 1] + 1):
            code = codes[at] if at < bounds[string + 1] else np.uint32(32)
            if 48 <= code <= 57:
                code = np.uint32(48)
            ends_name = code <= 32
            ends_part = not (48 <= code <= 57 or 97 <= code <= 122 or code > 127)
            if ends_part and part != _FNV_OFFSET:
                out[used] = np.int32(mix64(part) & mask)
                used += 1
                if names < 6:
                    out[used] = np.int32(mix64(part ^ np.uint64(0x5BD1)) & mask)
                    used += 1
                parts += 1
                part = _FNV_OFFSET
            if ends_name:
                if parts > 1:
                    out[used] = np.int32(mix64(name ^ np.uint64(0x7F4A)) & mask)
                    used += 1
                if parts:
                    names += 1
                parts = 0
                name = _FNV_OFFSET
            else:
                name = (name ^ np.uint64(code)) * _FNV_PRIME
                if not ends_part:
                    part = (part ^ np.uint64(code)) * _FNV_PRIME
        where[string + 1] = used
    return out[:used].copy(), where


@njit(cache=True, error_model="numpy")
def linear_scores(features, bounds, weights, scale, bias):
    """float32[rows, classes]: `bias` + `scale` * the sum of the features' int8 `weights` / sqrt(their number)."""
    rows = bounds.size - 1
    classes = weights.shape[1]
    out = np.empty((rows, classes), np.float32)
    sums = np.empty(classes, np.int32)
    for row in range(rows):
        sums[:] = 0
        for at in range(bounds[row], bounds[row + 1]):
            bucket = weights[features[at]]
            for which in range(classes):
                sums[which] += bucket[which]
        norm = np.float32(1.0) / np.sqrt(np.float32(max(1, bounds[row + 1] - bounds[row])))
        for which in range(classes):
            out[row, which] = bias[which] + scale[which] * norm * sums[which]
    return out


@njit(cache=True, error_model="numpy")
def find_clauses(letters, bounds, keys, targets, fail, clause, shorter):
    """Every clause of the automaton in every block: int32 arrays block and clause, in the text's order.

    A block's start reads as the letter 2, its end as 3.

    The Aho-Corasick automaton's transitions are an open-addressing table: `keys` uint64 holds
    (state << 21 | letter) + 1 or 0, `targets` the next state; `fail` is per state, `clause` the clause that
    ends there or -1, `shorter` the next state down the failure links at which one ends, or 0.
    """
    size = np.uint64(keys.size - 1)
    blocks = bounds.size - 1
    room = 256
    found_block = np.empty(room, np.int32)
    found_clause = np.empty(room, np.int32)
    used = 0
    for block in range(blocks):
        state = 0
        for at in range(bounds[block] - 1, bounds[block + 1] + 1):
            if at < bounds[block]:
                code = np.uint64(2)
            elif at == bounds[block + 1]:
                code = np.uint64(3)
            else:
                code = np.uint64(letters[at])
            while True:
                key = (np.uint64(state) << np.uint64(21) | code) + np.uint64(1)
                slot = mix64(key) & size
                while keys[slot] != 0 and keys[slot] != key:
                    slot = (slot + np.uint64(1)) & size
                if keys[slot] == key:
                    state = targets[slot]
                    break
                if state == 0:
                    break
                state = fail[state]
            ending = state
            while ending > 0:
                if clause[ending] >= 0:
                    if used == room:
                        room *= 2
                        more_blocks = np.empty(room, np.int32)
                        more_clauses = np.empty(room, np.int32)
                        more_blocks[:used] = found_block
                        more_clauses[:used] = found_clause
                        found_block, found_clause = more_blocks, more_clauses
                    found_block[used] = block
                    found_clause[used] = clause[ending]
                    used += 1
                ending = shorter[ending]
    return found_block[:used].copy(), found_clause[:used].copy()


@njit(cache=True, error_model="numpy")
def minhash(values, a, b):
    """MinHash signature of 32-bit values, uint32[a.size]: datasketch's "affine32" scheme, bit for bit.

    Each value is mixed once (the finaliser of MurmurHash3) and then permuted by value * a + b mod 2^32.
    """
    out = np.full(a.size, np.uint32(0xFFFFFFFF), np.uint32)
    for value in values:
        mixed = np.uint32(value)
        mixed ^= mixed >> np.uint32(16)
        mixed = np.uint32(mixed * np.uint32(0x85EBCA6B))
        mixed ^= mixed >> np.uint32(13)
        mixed = np.uint32(mixed * np.uint32(0xC2B2AE35))
        mixed ^= mixed >> np.uint32(16)
        for place in range(a.size):
            permuted = np.uint32(mixed * a[place] + b[place])
            if permuted < out[place]:
                out[place] = permuted
    return out


# Columns of the boilerplate trees: each function fills its columns of `out` (float64[blocks, ...]) from `at` on, and
# returns the next. `lengths`, `plain` (characters outside links), `prose` (0 or 1), `levels`, `weight`:
# float64[blocks]; `scores` and `closed` float64[blocks, ...]; `groups` numbers blocks of like structure from 0 on.
# The loops are written out where numpy has a function for them: its array functions take numba seconds to compile.


@njit(cache=True, error_model="numpy", no_cpython_wrapper=True)
def _slog(value):
    """Logarithm of 1 + |value| with the value's sign."""
    return np.log1p(value) if value >= 0 else -np.log1p(-value)


@njit(cache=True, error_model="numpy", no_cpython_wrapper=True)
def _shared_steps(a, b, steps, bounds):
    """How many elements two paths have in common from the top on."""
    size = min(bounds[a + 1] - bounds[a], bounds[b + 1] - bounds[b])
    for at in range(size):
        if steps[bounds[a] + at] != steps[bounds[b] + at]:
            return at
    return size


@njit(cache=True, error_model="numpy")
def local_columns(out, at, counts, numbers, bits, depth, flags):
    """What a block is by itself; `numbers` as in `block_features.PageFeatures`, `bits` the `flags` element flags."""
    for block in range(out.shape[0]):
        row, own, length = out[block], counts[block], numbers[block, 0]
        characters, words = max(1.0, own[0]), max(1.0, own[1])
        spaced, sentences = max(1.0, own[1] - own[2]), own[6]
        column = at
        for value in (
            np.log1p(length),
            np.log1p(own[1]),
            characters / words,
            min(1.0, numbers[block, 1] / length),
            numbers[block, 2] / words,
            own[2] / characters,
            own[3] / characters,
            own[4] / characters,
            own[5] / characters,
            own[7] / characters,
            own[8] / characters,
            own[9] / characters,
            own[17] / characters,
            own[18] / characters,
            np.log1p(sentences),
            words / max(1.0, sentences),
            own[10] / spaced,
            own[19] / spaced,
            np.log1p(own[11]),
            own[12] * 1.0,
            own[13] * 1.0,
            own[14] * 1.0,
            own[15] * 1.0,
            own[16] * 1.0,
            numbers[block, 3],
            depth[block] * 1.0,
            np.log(numbers[block, 4]),
            np.log1p(numbers[block, 5]),
        ):
            row[column] = value
            column += 1
        for flag in range(flags):
            row[column] = (bits[block] >> flag) & 1
            column += 1
    return at + 28 + flags


@njit(cache=True, error_model="numpy")
def page_columns(out, at, counts, lengths, plain, prose):
    """What the page is, and where on it the block stands."""
    size = out.shape[0]
    total, all_plain, all_prose, unspaced, characters = 0.0, 0.0, 0.0, 0.0, 0.0
    for block in range(size):
        total += lengths[block]
        all_plain += plain[block]
        all_prose += plain[block] * prose[block]
        unspaced += counts[block, 2]
        characters += counts[block, 0]
    after = np.empty(size)
    nearest = 2.0 * size
    for block in range(size - 1, -1, -1):
        if prose[block]:
            nearest = block
        after[block] = np.log1p(nearest - block)
    last, read, read_prose = -1.0 * size, 0.0, 0.0
    for block in range(size):
        if prose[block]:
            last = block
        before = np.log1p(block - last)
        read += lengths[block]
        column = at
        for value in (
            np.log(size),
            np.log1p(total),
            1 - all_plain / total,
            all_prose / total,
            unspaced / max(1.0, characters),
            block / size,
            np.log1p(size - 1 - block),
            np.log1p(block),
            read / total,
            lengths[block] / total,
            read_prose / max(1.0, all_prose),
            min(before, after[block]),
            before,
            after[block],
        ):
            out[block, column] = value
            column += 1
        read_prose += plain[block] * prose[block]
    return at + 14


@njit(cache=True, error_model="numpy")
def group_columns(out, at, group, lengths, plain, prose, weight, scores):
    """Blocks, text, link density and prose of the group of each block, and its mean scores."""
    size, kinds = out.shape[0], scores.shape[1]
    sums = np.zeros((size, 5 + kinds))  # groups are numbered from 0 on, so there are at most as many as blocks
    all_prose = 0.0
    for block in range(size):
        row = sums[group[block]]
        all_prose += plain[block] * prose[block]
        row[0] += 1
        row[1] += lengths[block]
        row[2] += plain[block]
        row[3] += plain[block] * prose[block]
        row[4] += weight[block]
        for kind in range(kinds):
            row[5 + kind] += weight[block] * scores[block, kind]
    all_prose = max(1.0, all_prose)
    for block in range(size):
        row = sums[group[block]]
        out[block, at] = np.log(row[0])
        out[block, at + 1] = np.log1p(row[2])
        out[block, at + 2] = 1 - row[2] / row[1]
        out[block, at + 3] = row[3] / row[1]
        out[block, at + 4] = row[3] / all_prose
        for kind in range(kinds):
            out[block, at + 5 + kind] = row[5 + kind] / row[4]
    return at + 5 + kinds


@njit(cache=True, error_model="numpy")
def neighbour_columns(out, at, lengths, plain, prose, levels, path, names, scores, closed):
    """The block before and the block after."""
    size, kinds, marks = out.shape[0], scores.shape[1], closed.shape[1]
    width = 6 + kinds + marks
    for block in range(size):
        for side in range(2):
            other = block - 1 if side == 0 else block + 1
            column = at + side * width
            if other < 0 or other >= size:
                for which in range(width):
                    out[block, column + which] = 0
                continue
            out[block, column] = np.log1p(lengths[other])
            out[block, column + 1] = 1 - plain[other] / lengths[other]
            out[block, column + 2] = prose[other]
            out[block, column + 3] = path[other] == path[block]
            out[block, column + 4] = names[other] == names[block]
            out[block, column + 5] = levels[other]
            for kind in range(kinds):
                out[block, column + 6 + kind] = scores[other, kind]
            for mark in range(marks):
                out[block, column + 6 + kinds + mark] = closed[other, mark]
    return at + 2 * width


@njit(cache=True, error_model="numpy")
def window_columns(out, at, reach, lengths, plain, prose, weight, scores):
    """Sums over each block and its `reach` neighbours on both sides."""
    size, kinds = out.shape[0], scores.shape[1]
    sums = np.zeros((size + 1, 4 + kinds))
    for block in range(size):
        for which in range(4 + kinds):
            sums[block + 1, which] = sums[block, which]
        sums[block + 1, 0] += lengths[block]
        sums[block + 1, 1] += plain[block]
        sums[block + 1, 2] += plain[block] * prose[block]
        sums[block + 1, 3] += weight[block]
        for kind in range(kinds):
            sums[block + 1, 4 + kind] += weight[block] * scores[block, kind]
    for block in range(size):
        low, high = max(0, block - reach), min(size, block + reach + 1)
        characters = sums[high, 0] - sums[low, 0]
        out[block, at] = np.log1p(max(0.0, sums[high, 1] - sums[low, 1]))
        out[block, at + 1] = 1 - (sums[high, 1] - sums[low, 1]) / characters
        out[block, at + 2] = (sums[high, 2] - sums[low, 2]) / characters
        for kind in range(kinds):
            out[block, at + 3 + kind] = (sums[high, 4 + kind] - sums[low, 4 + kind]) / (sums[high, 3] - sums[low, 3])
    return at + 3 + kinds


@njit(cache=True, error_model="numpy")
def headline(levels, overlap, lengths):
    """The block that looks most like the page's headline, or -1: it says what the title says, in a heading."""
    best, best_score = -1, -1.0
    first_heading = -1
    for block in range(levels.size):
        if levels[block] == 1 and first_heading < 0:
            first_heading = block
        if overlap[block, 0] > 0.5 and overlap[block, 1] > 0.2:
            score = 0.5 * overlap[block, 0] + overlap[block, 1] - 0.1 * (lengths[block] > 400)
            if levels[block] > 0:
                score += 0.55 - 0.05 * levels[block]
            if score > best_score:
                best, best_score = block, score
    return best if best >= 0 else first_heading


@njit(cache=True, error_model="numpy")
def landmark_columns(out, at, headline, levels, lengths, plain, prose, groups, depth, steps, step_bounds):
    """Where each block lies seen from the headline, from the first prose after it, and from the like-structured
    groups that hold most prose."""
    size = out.shape[0]
    path = groups[0]
    anchor = -1
    for block in range(size):
        if prose[block] and (anchor < 0 or (anchor < headline <= block)):
            anchor = block
    read, linked = np.zeros(size + 1), np.zeros(size + 1)
    for block in range(size):
        read[block + 1] = read[block] + lengths[block] * prose[block]
        linked[block + 1] = linked[block] + (plain[block] < 0.5 * lengths[block])
    for block in range(size):
        row = out[block]
        if headline >= 0:
            row[at] = levels[headline]
            row[at + 1] = _slog(block - headline)
            row[at + 2] = _slog(read[block + 1] - read[headline + 1])
            row[at + 3] = _slog(linked[block + 1] - linked[headline + 1])
        else:
            for which in range(4):
                row[at + which] = -1
        if anchor >= 0:
            shared = _shared_steps(path[block], path[anchor], steps, step_bounds)
            row[at + 4] = shared
            row[at + 5] = depth[block] - shared
            for which in range(3):
                row[at + 6 + which] = groups[which, block] == groups[which, anchor]
            row[at + 9] = _slog(block - anchor)
        else:
            for which in range(4, 10):
                row[at + which] = -1
    column = at + 10
    for which in (1, 2):
        sums = np.zeros(size)
        all_prose = 0.0
        densest = 0
        for block in range(size):
            sums[groups[which, block]] += plain[block] * prose[block]
            all_prose += plain[block] * prose[block]
        for group in range(size):
            if sums[group] > sums[densest]:
                densest = group
        first, last = -1, -1
        for block in range(size):
            if prose[block] and groups[which, block] == densest:
                if first < 0:
                    first = block
                last = block
        for block in range(size):
            row = out[block]
            if first < 0:
                for which_column in range(5):
                    row[column + which_column] = -1
                continue
            shared = _shared_steps(path[block], path[first], steps, step_bounds)
            row[column] = shared
            row[column + 1] = depth[block] - shared
            row[column + 2] = groups[which, block] == densest
            row[column + 3] = sums[densest] / max(1.0, all_prose)
            row[column + 4] = _slog(block - first if block < first else block - last if block > last else 0)
        column += 5
    return column


@njit(cache=True, error_model="numpy")
def heading_columns(out, at, levels, scores, closed):
    """What the last heading above each block says: a heading like "Related" speaks for all that follows."""
    kinds, marks = scores.shape[1], closed.shape[1]
    last = -1
    for block in range(out.shape[0]):
        row = out[block]
        if last < 0:
            for which in range(2 + kinds + marks):
                row[at + which] = -1
        else:
            row[at] = np.log1p(block - last)
            row[at + 1] = levels[last]
            for kind in range(kinds):
                row[at + 2 + kind] = scores[last, kind]
            for mark in range(marks):
                row[at + 2 + kinds + mark] = closed[last, mark]
        if levels[block] > 0:
            last = block
    return at + 2 + kinds + marks
