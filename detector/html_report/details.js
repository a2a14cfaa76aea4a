// What is drawn when a row is opened: addresses, sources with their passages, signals, blocks.

"use strict";

// Blocks drawn before a person asks for all of them.
const FIRST_BLOCKS = 120;
// Blocks of one category in a row that are drawn as one item, and how many of their texts it shows.
const LEAST_RUN = 4;
const RUN_TEXTS = 24;
// Entries of a block that has no further categories.
const BLOCK_FIELDS = 6;
// Below this share of words in common marking differences would mark everything.
const LEAST_COMMON = 0.15;
// Probability from which a source after the first is drawn with its passages.
const WORTH_PASSAGES = 0.1;

/** The details of the row at `place`: undefined while the file is still being read, null where there are none. */
function detailsAt(place) {
  if (!about.detailed) return null;
  const block = document.getElementById(`details-${Math.floor(place / about.pagesABlock)}`);
  // While the file is being read, a block may be there in part.
  if (document.readyState === "loading" && !block?.nextElementSibling) return undefined;
  if (!block) return null;
  return JSON.parse(block.textContent)[place % about.pagesABlock];
}

function drawDetails(row, details) {
  const parts = [
    quoted(row.reason, row.language, { class: "reason" }, "p"),
    facts([
      ["Address", linked(row.url)],
      ["Title", row.title && quoted(row.title, row.language)],
      ["Canonical", row.canonical && row.canonical !== row.url && linked(row.canonical)],
      ["File", row.input && make("span", { dir: "auto" }, row.offset === null ? row.input : `${row.input} #${row.offset}`)],
      ["Error", row.error && quoted(row.error, "")],
      ["Own words", `${whole(row.words)}${row.language ? `, language ${row.language}` : ""}`],
      ["Boilerplate", row.label !== "unreadable" && percent(row.boilerplate_share)],
      ...Object.entries(details?.extra ?? {}).map(([key, value]) => [key, quoted(value, row.language)]),
    ]),
  ];
  if (details) parts.push(drawSources(row, details), drawSignals(row, details), drawBlocks(row, details));
  else parts.push(drawRowSource(row), drawRowNames(row));
  return make("div", { class: "inside" }, ...parts);
}

function facts(pairs) {
  const shown = pairs.filter((pair) => pair[1]);
  return make("dl", { class: "facts" }, ...shown.flatMap(([term, value]) => [make("dt", { dir: "auto" }, term), make("dd", {}, value)]));
}

function part(title, ...children) {
  return make("section", { class: "part" }, make("h3", {}, title), ...children);
}

// -- sources -------------------------------------------------------------------------------------------

function drawSources(row, details) {
  if (!details.matches.length) return null;
  const likely = details.matches.filter((match, place) => place === 0 || match.probability >= WORTH_PASSAGES);
  const others = details.matches.slice(likely.length);
  return part(
    likely.length > 1 ? "Likeliest sources" : "Likeliest source",
    ...likely.map((match) => drawSource(row, match)),
    others.length
      ? make("details", { class: "others" }, make("summary", {}, `${counted(others.length, "post")} looked at and found unlikely`), ...others.map(drawSourceHead))
      : null,
  );
}

/** Of a report in rows: the one source that the row names. */
function drawRowSource(row) {
  if (!row.source_url) return null;
  const match = { ...row, kind: row.repost_kind, probability: row.repost_probability, passages: [], passage_count: 0 };
  return part("Likeliest source", drawSource(row, match));
}

/** What a source is and how much of it was found. */
function drawSourceHead(match) {
  const title = match.source_title || match.source_url;
  const figures = [
    ["probability", decimal(match.probability)],
    ["of the post", percent(match.share_of_source)],
    ["of the page", percent(match.share_of_page)],
    ["matching", counted(match.matched_words, "word")],
  ];
  return make(
    "div",
    { class: "source" },
    make("p", { class: "source-title" }, linked(match.source_url, title, foreign(title)), make("span", { class: "kind" }, match.kind)),
    match.source_title ? make("p", { class: "quiet address", dir: "auto" }, match.source_url) : null,
    make("p", { class: "figures" }, ...figures.map(([word, value]) => make("span", {}, make("b", {}, value), ` ${word}`))),
  );
}

function drawSource(row, match) {
  const left = match.passage_count - match.passages.length;
  const passages = match.passages.map((passage) => drawPassage(row, match, passage));
  const marks = [["ins", "on the page only"], ["del", "in the post only"]].filter(([mark]) =>
    passages.some((passage) => passage.querySelector(mark)),
  );
  return make(
    "div",
    { class: "match" },
    drawSourceHead(match),
    marks.length ? make("p", { class: "key" }, ...marks.map(([mark, meaning]) => make(mark, {}, meaning))) : null,
    ...passages,
    left > 0 ? make("p", { class: "quiet" }, `${counted(left, "more passage")} left out here; the .jsonl report has all.`) : null,
  );
}

function drawPassage(row, match, [pageStart, pageEnd, sourceStart, sourceEnd, pageText, pageMissing, sourceText, sourceMissing]) {
  const { left, right, common } = differences(pageText, sourceText);
  const marked = common >= LEAST_COMMON;
  const side = (title, pieces, text, missing, mark, language) =>
    make(
      "div",
      { class: "side" },
      make("h4", {}, title),
      make(
        "p",
        { class: "text", ...foreign(text, language) },
        ...(marked ? pieces.map((piece) => (piece.same ? piece.text : make(mark, {}, piece.text))) : [text]),
        missing ? shortened(missing) : null,
      ),
    );
  const remark = passageRemark(match, marked, common === 1);
  return make(
    "div",
    { class: "passage" },
    side(`Page, characters ${whole(pageStart)} to ${whole(pageEnd)}`, left, pageText, pageMissing, "ins", row.language),
    side(`Post, characters ${whole(sourceStart)} to ${whole(sourceEnd)}`, right, sourceText, sourceMissing, "del", ""),
    remark ? make("p", { class: "quiet" }, remark) : null,
  );
}

function passageRemark(match, marked, equal) {
  if (equal) return "Word for word the same.";
  if (marked) return "";
  if (match.kind === "translated") return "A translation: the words are others, so no differences are marked.";
  return "Hardly a word in common, so no differences are marked.";
}

const shortened = (missing) => make("span", { class: "shortened" }, ` … shortened by ${counted(missing, "character")}`);

// -- signals -------------------------------------------------------------------------------------------

function drawSignals(row, details) {
  if (!details.signals.length) return null;
  const items = details.signals.map(([signal, score, evidence]) =>
    make("li", {}, make("b", {}, spoken(signal)), meter(score), make("span", { class: "number" }, score.toFixed(2)), quoted(evidence, row.language)),
  );
  return part("Signals", make("ul", { class: "signals" }, ...items));
}

function meter(share) {
  return draw(
    "svg",
    { class: "meter", viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
    draw("rect", { width: 100, height: 8, class: "rest" }),
    draw("rect", { width: 100 * Math.min(1, Math.max(0, share)), height: 8, class: "fill" }),
  );
}

// -- blocks --------------------------------------------------------------------------------------------

function drawBlocks(row, details) {
  if (!details.blocks.length) return null;
  const list = make("ol", { class: "blocks" });
  const drawn = details.blocks.slice(0, FIRST_BLOCKS);
  const waiting = details.blocks.slice(FIRST_BLOCKS);
  list.append(...blockItems(row, details, drawn, 0));
  const left = details.block_count - details.blocks.length;
  const after = make("p", {});
  if (waiting.length) {
    const rest = () => {
      const items = blockItems(row, details, waiting, drawn.at(-1)[0] + 1);
      list.append(...items);
      items[0].tabIndex = -1;
      items[0].focus();
      after.remove();
    };
    after.append(make("button", { type: "button", onclick: rest }, `Show ${counted(waiting.length, "more block")}`));
  }
  return part(
    "Blocks of the page",
    categoryKey(details.blocks),
    list,
    after,
    left > 0 ? make("p", { class: "quiet" }, `${counted(left, "block")} of ${whole(details.block_count)} left out here; the .jsonl report has all.`) : null,
  );
}

/** Which categories there are, the most frequent first. */
function categoryKey(blocks) {
  const counts = tally(blocks.map((block) => block[1]));
  return make("p", { class: "key" }, ...counts.flatMap(([category, count]) => [make("span", { class: `category ${categoryClass(category)}` }, spoken(category), ` ${whole(count)}`), " "]));
}

/** Items of blocks, runs of the same category as one. `next` is the number that the first has if none is left out before
    it. */
function blockItems(row, details, blocks, next) {
  const items = [];
  for (const run of runsOf(blocks)) {
    if (run[0][0] > next) items.push(make("li", { class: "gap quiet" }, `${counted(run[0][0] - next, "block")} left out`));
    next = run.at(-1)[0] + 1;
    if (run.length >= LEAST_RUN) items.push(runItem(row, details, run));
    else items.push(...run.map((block) => blockItem(row, details, block)));
  }
  return items;
}

/** Blocks that follow each other without a gap and are of the same one category. The page's own text stays apart. */
function runsOf(blocks) {
  const runs = [];
  for (const block of blocks) {
    const before = runs.at(-1)?.at(-1);
    const alike = before && block[1] === before[1] && block[0] === before[0] + 1 && block.length === before.length;
    if (alike && block.length === BLOCK_FIELDS && block[1] !== "content") runs.at(-1).push(block);
    else runs.push([block]);
  }
  return runs;
}

function blockItem(row, details, [, category, confidence, text, missing, reason, ...also]) {
  return make(
    "li",
    { class: `block ${categoryClass(category)}` },
    make(
      "div",
      { class: "what" },
      make("span", { class: "category" }, spoken(category)),
      make("span", { class: "number quiet", title: "how sure the category is" }, percent(confidence)),
      ...also.map((further) => make("span", { class: `category also ${categoryClass(further)}` }, `+ ${spoken(further)}`)),
    ),
    make("div", {}, quoted(text, row.language, { class: "text" }, "p"), missing ? shortened(missing) : null),
    make("p", { class: "why quiet", dir: "auto" }, details.reasons[reason]),
  );
}

/** A menu, a list of links: its texts in a row, and the blocks one by one when it is opened. */
function runItem(row, details, run) {
  const confidences = run.map((block) => block[2]);
  const [least, most] = [Math.min(...confidences), Math.max(...confidences)];
  const reasons = new Set(run.map((block) => block[5]));
  const inside = make("ol");
  const open = () => inside.childElementCount || inside.append(...run.map((block) => blockItem(row, details, block)));
  const summary = make(
    "summary",
    { class: `block ${categoryClass(run[0][1])}` },
    make("div", { class: "what" }, make("span", { class: "category" }, spoken(run[0][1])), make("span", { class: "number quiet" }, `${percent(least)} to ${percent(most)}`)),
    make("div", { class: "items" }, ...run.slice(0, RUN_TEXTS).map((block) => quoted(block[3], row.language)), make("span", { class: "more" }, counted(run.length, "block"))),
    make("p", { class: "why quiet", dir: "auto" }, details.reasons[run[0][5]] + (reasons.size > 1 ? `, and ${counted(reasons.size - 1, "other reason")}` : "")),
  );
  return make("li", { class: "run" }, make("details", { ontoggle: open }, summary, inside));
}

/** Of a report in rows: the names of what is on the page. */
function drawRowNames(row) {
  const list = (title, names) => names && part(title, make("p", { class: "key" }, ...names.split("; ").flatMap((word) => [make("span", { class: `category ${categoryClass(word)}` }, spoken(word)), " "])));
  const parts = [list("Signals", row.signals), list("Boilerplate on the page", row.categories)].filter(Boolean);
  const hint = "This report was made from rows, which hold no blocks, passages or evidence: made from the .jsonl report it shows them.";
  return make("div", { class: "part" }, ...parts, make("p", { class: "quiet" }, hint));
}
