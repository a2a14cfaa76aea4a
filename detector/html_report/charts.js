// The summary: how many pages of each label, and small charts. Inline SVG, with the figures as text beside it.

"use strict";

const BINS = 20;
const BARS = 8;

/** How often each value stands in the rows, most frequent first. */
function tally(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

/** One bar of all pages by label, and a button for each label that filters by it. */
function drawLabels(rows, labels, choose) {
  const counts = new Map(tally(rows.map((row) => row.label)));
  const found = labels.filter((label) => counts.has(label));
  const bar = draw("svg", { class: "bar", viewBox: "0 0 1000 10", preserveAspectRatio: "none", "aria-hidden": "true" });
  let at = 0;
  for (const label of found) {
    const width = (1000 * counts.get(label)) / rows.length;
    bar.append(draw("rect", { x: at, width: Math.max(0, width - 2), height: 10, class: `fill ${labelClass(label)}` }));
    at += width;
  }
  const buttons = found.map((label) =>
    make(
      "button",
      { type: "button", class: `tile ${labelClass(label)}`, "data-label": label, "aria-pressed": "false", onclick: () => choose(label) },
      make("span", { class: "figure" }, whole(counts.get(label))),
      make("span", { class: "word" }, label),
      make("span", { class: "quiet" }, percent(counts.get(label) / rows.length)),
    ),
  );
  document.getElementById("labels").append(make("div", { class: "tiles" }, ...buttons), bar);
}

/** Four small charts. `choose.kind` and `choose.host` filter the table. */
function drawCharts(rows, labels, choose) {
  const copies = rows.filter((row) => COPIES.includes(row.label) && row.repost_kind);
  const found = rows.filter((row) => FINDINGS.includes(row.label) && row.host);
  const kinds = tally(copies.map((row) => row.repost_kind));
  const hosts = tally(found.map((row) => row.host));
  document.getElementById("panels").append(
    bars("Kinds of copies", kinds, "No copies found.", choose.kind, "kind"),
    bars("Hosts with most reposts and spam", hosts, "No reposts or spam with a host.", choose.host, "host"),
    histogram("Score", rows, "score", labels, decimal),
    histogram("Boilerplate share", rows.filter((row) => row.label !== "unreadable"), "boilerplate_share", labels, percent),
  );
}

function panel(title, ...children) {
  return make("section", { class: "panel" }, make("h2", {}, title), ...children);
}

/** Rows of a word, a bar and a number; each is a button. */
function bars(title, counts, nothing, choose, filter) {
  if (!counts.length) return panel(title, make("p", { class: "quiet" }, nothing));
  const most = counts[0][1];
  const items = counts.slice(0, BARS).map(([word, count]) =>
    make(
      "li",
      {},
      make(
        "button",
        { type: "button", class: "bar-row", "data-filter": filter, "data-value": word, "aria-pressed": "false", onclick: () => choose(word) },
        make("span", { class: "clip", dir: "auto", title: word }, word),
        draw(
          "svg",
          { viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
          draw("rect", { width: Math.max(1, (100 * count) / most), height: 8, class: "fill" }),
        ),
        make("span", { class: "number" }, whole(count)),
      ),
    ),
  );
  const rest = counts.length - items.length;
  return panel(title, make("ol", { class: "bars" }, ...items), rest > 0 ? make("p", { class: "quiet" }, `and ${whole(rest)} more`) : null);
}

/** Pages in bins of a number between 0 and 1, stacked by label. The scale is of square roots: a few pages at the bad
    end stay visible beside thousands at the other. */
function histogram(title, rows, column, labels, written) {
  const bins = Array.from({ length: BINS }, () => new Map());
  for (const row of rows) {
    const bin = bins[Math.min(BINS - 1, Math.floor(row[column] * BINS))];
    bin?.set(row.label, (bin.get(row.label) ?? 0) + 1);
  }
  const totals = bins.map((bin) => [...bin.values()].reduce((sum, count) => sum + count, 0));
  const most = Math.max(1, ...totals);
  const chart = draw("svg", { class: "histogram", viewBox: `0 0 ${BINS * 10} 64`, preserveAspectRatio: "none", role: "img" });
  bins.forEach((bin, place) => {
    const total = totals[place];
    const column = draw("g", {}, draw("title", {}, `${binName(place, written)}: ${counted(total, "page")}`));
    // The whole column answers to the pointer, however low its bar is.
    column.append(draw("rect", { x: place * 10, width: 10, height: 64, class: "nothing" }));
    let top = 64;
    for (const label of labels.filter((label) => bin.has(label))) {
      const height = (62 * Math.sqrt(total / most) * bin.get(label)) / total;
      top -= height;
      column.append(draw("rect", { x: place * 10 + 0.75, y: top, width: 8.5, height, class: `fill ${labelClass(label)}` }));
    }
    chart.append(column);
  });
  const middle = median(rows.map((row) => row[column]));
  chart.setAttribute("aria-label", `${title}: half of the pages are below ${written(middle)}`);
  const axis = make("p", { class: "axis quiet" }, make("span", {}, written(0).replace("0.000", "0")), make("span", {}, `median ${written(middle)}`), make("span", {}, written(1).replace("1.000", "1")));
  return panel(title, chart, axis);
}

const binName = (place, written) => `${written(place / BINS)} to ${written((place + 1) / BINS)}`;

function median(values) {
  if (!values.length) return 0;
  const sorted = Float64Array.from(values).sort();
  return sorted[sorted.length >> 1];
}
