// What differs between two texts: words, and in scripts without spaces characters.

"use strict";

// A letter of a script that sets no spaces stands alone; then words, then any other mark.
const TOKEN =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]\p{M}*|[\p{L}\p{M}\p{N}_]+(?:['’][\p{L}\p{N}]+)*|[^\s]/gu;
// Cells of one table of subsequences, 8 MB and some 20 ms: two texts of 2,000 words, or stretches of longer ones between
// two anchors. What is longer still has all of it marked.
const MOST_CELLS = 4_000_000;
// Tokens in a row that are an anchor where they stand once in both texts.
const ANCHOR = 3;

/** The tokens of a text: where each starts and ends, and what it is compared by (case and width do not count). */
function tokensOf(text) {
  return Array.from(text.matchAll(TOKEN), (found) => ({
    start: found.index,
    end: found.index + found[0].length,
    key: found[0].normalize("NFKC").toLowerCase().replaceAll("’", "'"),
  }));
}

/** Two texts -> for each the pieces it consists of, `{text, same}`, and the share of tokens in common, 0..1. */
function differences(left, right) {
  const sides = [tokensOf(left), tokensOf(right)];
  const common = commonTokens(sides[0].map((token) => token.key), sides[1].map((token) => token.key));
  const kept = [new Set(common.map((pair) => pair[0])), new Set(common.map((pair) => pair[1]))];
  const longer = Math.max(sides[0].length, sides[1].length);
  return {
    left: piecesOf(left, sides[0], kept[0]),
    right: piecesOf(right, sides[1], kept[1]),
    common: longer ? common.length / longer : 1,
  };
}

/** Runs of tokens that are all in common, or all not. White space between two runs counts as in common. */
function piecesOf(text, tokens, kept) {
  const pieces = [];
  let at = 0;
  tokens.forEach((token, place) => {
    const same = kept.has(place);
    const last = pieces.at(-1);
    if (last && last.same === same) {
      last.text += text.slice(at, token.end);
    } else {
      const gap = text.slice(at, token.start);
      if (last?.same) last.text += gap;
      else if (gap && !same) pieces.push({ text: gap, same: true });
      pieces.push({ text: last && !last.same ? gap + text.slice(token.start, token.end) : text.slice(token.start, token.end), same });
    }
    at = token.end;
  });
  if (at < text.length) pieces.push({ text: text.slice(at), same: true });
  return pieces;
}

/** A longest common subsequence: pairs of places. Long texts are cut at anchors, so that of these it is nearly one. */
function commonTokens(left, right) {
  if (left.length * right.length <= MOST_CELLS) return commonWithin(left, right, 0, left.length, 0, right.length);
  const pairs = [];
  let [i, j] = [0, 0];
  for (const [nextLeft, nextRight] of [...anchors(left, right), [left.length, right.length]]) {
    pairs.push(...commonWithin(left, right, i, nextLeft, j, nextRight));
    [i, j] = [nextLeft, nextRight];
  }
  return pairs;
}

/** Places of token triples that stand once in both texts, as many as keep their order. */
function anchors(left, right) {
  const once = (keys) => {
    const places = new Map();
    for (let at = 0; at + ANCHOR <= keys.length; at++) {
      const gram = keys.slice(at, at + ANCHOR).join(" ");
      places.set(gram, places.has(gram) ? -1 : at);
    }
    return places;
  };
  const there = once(right);
  const pairs = [];
  for (const [gram, at] of once(left)) {
    const other = there.get(gram);
    if (at >= 0 && other >= 0) pairs.push([at, other]);
  }
  return longestRising(pairs.sort((a, b) => a[0] - b[0]));
}

/** Of pairs in the order of their first place, the most whose second places rise too. */
function longestRising(pairs) {
  const ends = []; // ends[k]: the pair with the lowest second place that ends a rising row of k + 1
  const before = pairs.map(() => -1);
  pairs.forEach((pair, place) => {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (pairs[ends[middle]][1] < pair[1]) low = middle + 1;
      else high = middle;
    }
    if (low > 0) before[place] = ends[low - 1];
    ends[low] = place;
  });
  const row = [];
  for (let place = ends.at(-1) ?? -1; place >= 0; place = before[place]) row.push(pairs[place]);
  return row.reverse();
}

/** The longest common subsequence of left[from..to) and right[other..until). */
function commonWithin(left, right, from, to, other, until) {
  const pairs = [];
  while (from < to && other < until && left[from] === right[other]) pairs.push([from++, other++]);
  const tail = [];
  while (from < to && other < until && left[to - 1] === right[until - 1]) tail.push([--to, --until]);
  const [rows, columns] = [to - from, until - other];
  if (rows && columns && rows * columns <= MOST_CELLS) {
    const width = columns + 1;
    const longest = new Uint16Array((rows + 1) * width); // of what is left of both from here on
    for (let i = rows - 1; i >= 0; i--) {
      for (let j = columns - 1; j >= 0; j--) {
        const here = i * width + j;
        longest[here] =
          left[from + i] === right[other + j]
            ? longest[here + width + 1] + 1
            : Math.max(longest[here + width], longest[here + 1]);
      }
    }
    for (let i = 0, j = 0; i < rows && j < columns; ) {
      const here = i * width + j;
      if (left[from + i] === right[other + j]) pairs.push([from + i++, other + j++]);
      else if (longest[here + width] >= longest[here + 1]) i++;
      else j++;
    }
  }
  return pairs.concat(tail.reverse());
}
