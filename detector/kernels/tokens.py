"""Tokens of a text and hashes of their runs."""

from __future__ import annotations

import numpy as np
from numba import njit

SEPARATOR, LATIN, NUMBER, CJK, WORD, URL = 0, 1, 2, 3, 4, 5

EXPANDS = np.uint32(1 << 31)
FNV_OFFSET = np.uint64(0xCBF29CE484222325)
FNV_PRIME = np.uint64(0x100000001B3)
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
def _letters(fold, kinds, confusable, evasive):
    """Of each of the 128 ASCII characters that are letters and nothing else what it is folded to, of the others 0."""
    letters = np.zeros(128, np.uint8)
    for code in range(128):
        letter = fold[code]
        if 0 < letter < 128 and kinds[letter] == LATIN and not confusable[letter] and not evasive[code]:
            letters[code] = letter
    return letters


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
    plain = FNV_OFFSET
    latinised = FNV_OFFSET
    length = 0
    start = 0
    end = 0
    has_latin = False
    has_word = False
    lookalikes = 0
    others = 0
    letters = _letters(fold, kinds, confusable, evasive)
    while at <= size:
        code = codes[at] if at < size else np.uint32(32)
        may_be_url = (code | 32) == 104 or (code | 32) == 119
        if length == 0 and code < 128 and letters[code] and not (may_be_url and _starts_url(codes, at, size)):
            # Most of most texts is words of ASCII letters with a space after them.
            start, plain = at, FNV_OFFSET
            while at < size and codes[at] < 128 and letters[codes[at]]:
                plain = (plain ^ np.uint64(letters[codes[at]])) * FNV_PRIME
                at += 1
            if at < size and codes[at] == 32:
                hashes[count] = mix64(plain)
                starts[count] = start
                ends[count] = at
                token_kinds[count] = LATIN
                lengths[count] = min(255, at - start)
                count += 1
                at += 1
            else:
                latinised, length, end = plain, at - start, at
                has_latin, has_word, lookalikes, others = True, False, 0, 0
            continue
        # The characters it stands for: none (it only ends a word), `target` alone, or so many after `where`.
        parts = 0
        where = np.int64(-1)
        target = np.uint32(0)
        if at < size and (code == 60 or code == 38):
            after = _markup_end(codes, at, size)
            step = after - at if after > at else 1
        else:
            step = 1
            prefix = 0
            if length == 0 and may_be_url:
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
                url = FNV_OFFSET
                for position in range(first, last):
                    url = (url ^ np.uint64(fold[codes[position]])) * FNV_PRIME
                hashes[count] = mix64(url ^ np.uint64(URL))
                starts[count] = at
                ends[count] = end_url
                token_kinds[count] = URL
                lengths[count] = min(255, end_url - at)
                count += 1
                at = end_url
                continue
            if code < table:
                if evasive[code]:
                    folds += 1
                target = fold[code]
                if target == 0:
                    # Invisible characters, marks and soft hyphens vanish without ending the word.
                    at += 1
                    continue
                parts = 1
                if target & EXPANDS:
                    where = np.int64(target ^ EXPANDS)
                    parts = np.int64(expansions[where])
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
                parts = 0
        for which in range(max(1, parts)):
            char = np.uint32(32)
            if parts:
                char = np.uint32(expansions[where + 1 + which]) if where >= 0 else target
            kind = kinds[char] if char < table else SEPARATOR
            # A point between digits belongs to the number (1.27), a comma does not count (1,000).
            if length > 0 and (char == 46 or char == 44) and at + 1 < size and 48 <= codes[at + 1] <= 57:
                before = codes[at - 1]
                if 48 <= before <= 57:
                    if char == 46 and not has_latin and not has_word:
                        plain = (plain ^ np.uint64(46)) * FNV_PRIME
                        latinised = (latinised ^ np.uint64(46)) * FNV_PRIME
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
                    plain = FNV_OFFSET
                    latinised = FNV_OFFSET
                    has_latin = False
                    has_word = False
                    lookalikes = 0
                    others = 0
                    start = at
                plain = (plain ^ np.uint64(char)) * FNV_PRIME
                twin = confusable[char]
                if twin:
                    lookalikes += 1
                    latinised = (latinised ^ np.uint64(twin)) * FNV_PRIME
                else:
                    latinised = (latinised ^ np.uint64(char)) * FNV_PRIME
                    if kind == WORD:
                        others += 1
                if kind == LATIN:
                    has_latin = True
                elif kind == WORD:
                    has_word = True
                length += 1
                end = at + 1
            elif kind == CJK:
                hashes[count] = mix64((FNV_OFFSET ^ np.uint64(char)) * FNV_PRIME)
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
    # One token of all runs after the other, so that the processor works at several runs at a time.
    out = np.full(size, FNV_OFFSET, np.uint64)
    for offset in range(n):
        for first in range(size):
            value = (out[first] ^ hashes[first + offset]) * FNV_PRIME
            out[first] = value ^ (value >> np.uint64(29))
    for first in range(size):
        out[first] = mix64(out[first])
    return out


@njit(cache=True)
def character_ngrams(codes, starts, ends, kinds, fold, n):
    """Hashes of every run of `n` letters over words joined without spaces.

    Words and numbers count, at `starts` to `ends` in `codes`, of `kinds` as `tokenise` gives them; and only
    single-character folds.
    """
    letters = np.empty(codes.size + 1, np.uint64)
    table = np.uint32(fold.size)
    used = 0
    for word in range(starts.size):
        if kinds[word] == CJK or kinds[word] == URL:
            continue
        for at in range(starts[word], ends[word]):
            code = codes[at]
            target = fold[code] if code < table else np.uint32(0)
            letters[used] = target
            used += target != 0 and not target & EXPANDS
    return ngrams(letters[:used], n)
