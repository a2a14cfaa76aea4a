// The table: sorting, filtering, searching, opening rows; and what makes the page start.

"use strict";

// Rows drawn at once: a screen or two, and never ten thousand.
const ROWS_A_SCREEN = 50;
// Hosts offered while typing.
const OFFERED_HOSTS = 200;
// Labels of pages that copy a post of others: of these the kind is of interest.
const COPIES = ["syndicated", "repost"];
const FINDINGS = ["repost", "spam"];
// What a reader looks for first.
const SHOWN_ORDER = ["repost", "spam", "syndicated", "official", "clean", "unreadable"];
const COLUMNS = [
  { key: "rank", title: "#", numeric: true },
  { key: "score", title: "Score", numeric: true, falls: true },
  { key: "label", title: "Label" },
  { key: "repost_kind", title: "Kind" },
  { key: "title", title: "Page" },
  { key: "reason", title: "Reason" },
  { key: "repost_probability", title: "Probability", short: "Prob.", numeric: true, falls: true },
  { key: "share_of_source", title: "Share of the post", short: "Of post", numeric: true, falls: true },
  { key: "share_of_page", title: "Share of the page", short: "Of page", numeric: true, falls: true },
  { key: "boilerplate_share", title: "Boilerplate share", short: "Boilerpl.", numeric: true, falls: true },
  { key: "words", title: "Words", numeric: true, falls: true },
  { key: "language", title: "Language", short: "Lang." },
];
const SEARCHED = ["title", "url", "reason", "source_title", "source_url", "categories", "signals", "input", "error"];

const $ = (id) => document.getElementById(id);
const about = JSON.parse($("about").textContent);
const rows = JSON.parse($("rows").textContent).map((values, place) => {
  const row = { place };
  about.columns.forEach((column, at) => (row[column] = values[at]));
  return row;
});
const labelsThere = [...SHOWN_ORDER, ...new Set(rows.map((row) => row.label).filter((label) => !SHOWN_ORDER.includes(label)))];
const labelClass = (label) => styled("label", label, about.labels);
const categoryClass = (category) => styled("category", category, about.categories);

const state = { key: "rank", falls: false, query: "", label: "", kind: "", host: "", from: 0, open: new Set() };
let found = rows;

// -- choosing and ordering ----------------------------------------------------------------------------

/** The text of a row that is searched, in small letters; made at the first search. */
function haystack(row) {
  return (row.haystack ??= SEARCHED.map((column) => row[column]).join("\n").toLowerCase());
}

function fits(row, words) {
  return (
    (!state.label || row.label === state.label) &&
    (!state.kind || (row.repost_kind === state.kind && COPIES.includes(row.label))) &&
    (!state.host || row.host.includes(state.host)) &&
    words.every((word) => haystack(row).includes(word))
  );
}

const collator = new Intl.Collator(undefined, { numeric: true });

/** Rows without a value go last whatever the direction; equals stay in the ranking's order. */
function compare(a, b) {
  const [left, right] = [a[state.key], b[state.key]];
  const [bare, other] = [left === "" || left === null, right === "" || right === null];
  if (bare !== other) return bare ? 1 : -1;
  const order = typeof left === "number" ? left - right : collator.compare(left ?? "", right ?? "");
  return (state.falls ? -order : order) || a.place - b.place;
}

function choose() {
  const words = state.query.toLowerCase().split(/\s+/).filter(Boolean);
  found = rows.filter((row) => fits(row, words)).sort(compare);
}

// -- drawing ------------------------------------------------------------------------------------------

function update(changes = {}) {
  const moved = "from" in changes;
  Object.assign(state, moved ? changes : { from: 0, ...changes });
  if (!moved) choose();
  state.from = Math.min(state.from, Math.max(0, Math.floor((found.length - 1) / ROWS_A_SCREEN) * ROWS_A_SCREEN));
  drawHead();
  drawRows();
  drawControls();
}

function drawHead() {
  const cells = COLUMNS.map((column) => {
    const sorted = state.key === column.key;
    const button = make(
      "button",
      { type: "button", "data-key": column.key, title: column.short && column.title, onclick: () => sortBy(column) },
      column.short ?? column.title,
      make("span", { class: "arrow", "aria-hidden": "true" }, sorted ? (state.falls ? "▼" : "▲") : ""),
    );
    const direction = sorted ? (state.falls ? "descending" : "ascending") : "none";
    return make("th", { scope: "col", role: "columnheader", "aria-sort": direction, class: `at-${column.key}` }, button);
  });
  const head = document.querySelector("#table thead");
  const focused = head.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  head.replaceChildren(make("tr", { role: "row" }, ...cells));
  if (focused) head.querySelector(`[data-key="${focused}"]`).focus();
}

function sortBy(column) {
  update({ key: column.key, falls: state.key === column.key ? !state.falls : Boolean(column.falls) });
}

function drawRows() {
  const body = document.querySelector("#table tbody");
  const shown = found.slice(state.from, state.from + ROWS_A_SCREEN);
  body.replaceChildren(...shown.flatMap((row) => (state.open.has(row.place) ? [drawRow(row), drawOpened(row)] : [drawRow(row)])));
}

function drawRow(row) {
  const copied = row.repost_probability > 0;
  const cell = (key, ...children) => make("td", { role: "cell", class: `at-${key}` }, ...children);
  const share = (key, title) => cell(key, copied || key === "boilerplate_share" ? make("span", { class: "number" }, figure(key, row[key])) : "", make("span", { class: "phone quiet" }, ` ${title}`));
  const button = make(
    "button",
    { type: "button", class: "opener", id: `open-${row.place}`, "aria-expanded": String(state.open.has(row.place)), "aria-controls": `details-of-${row.place}`, onclick: () => toggle(row) },
    quoted(row.title || row.url, row.language),
  );
  return make(
    "tr",
    { role: "row", class: `row ${labelClass(row.label)}` },
    cell("rank", whole(row.rank)),
    cell("score", make("span", { class: "number" }, decimal(row.score)), meter(row.score)),
    cell("label", make("span", { class: "label" }, row.label)),
    cell("repost_kind", COPIES.includes(row.label) ? row.repost_kind : ""),
    cell("title", button, row.title ? make("span", { class: "address quiet clip", dir: "ltr", title: row.url }, row.url.replace(/^https?:\/\//, "")) : null),
    cell("reason", quoted(row.reason, row.language, { class: "lines" })),
    share("repost_probability", "probable"),
    share("share_of_source", "of post"),
    share("share_of_page", "of page"),
    share("boilerplate_share", "boilerplate"),
    cell("words", whole(row.words), make("span", { class: "phone quiet" }, " words")),
    cell("language", row.language),
  );
}

const figure = (key, value) => (key === "repost_probability" ? decimal(value) : percent(value));

function drawOpened(row) {
  const details = detailsAt(row.place);
  const inside = details === undefined ? make("p", { class: "note" }, "Still reading the file …") : drawDetails(row, details);
  const cell = make("td", { role: "cell", colspan: COLUMNS.length }, inside);
  return make("tr", { role: "row", class: `opened ${labelClass(row.label)}`, id: `details-of-${row.place}` }, cell);
}

function toggle(row) {
  const button = $(`open-${row.place}`);
  const open = !state.open.delete(row.place);
  if (open) state.open.add(row.place);
  button.setAttribute("aria-expanded", String(open));
  if (open) button.closest("tr").after(drawOpened(row));
  else $(`details-of-${row.place}`).remove();
}

function drawControls() {
  const filtered = state.query || state.label || state.kind || state.host;
  const until = Math.min(found.length, state.from + ROWS_A_SCREEN);
  const range = found.length > ROWS_A_SCREEN ? `${whole(state.from + 1)} to ${whole(until)} of ` : "";
  const all = filtered ? ` (of ${whole(rows.length)})` : "";
  $("count").textContent = `${range}${counted(found.length, "page")}${all}`;
  $("nothing").hidden = found.length > 0;
  $("clear").disabled = !filtered;
  $("label").value = state.label;
  $("kind").value = state.kind;
  $("sort").value = state.key;
  $("direction").textContent = state.falls ? "▼ falling" : "▲ rising";
  for (const button of document.querySelectorAll("[data-label]")) {
    button.setAttribute("aria-pressed", String(button.dataset.label === state.label));
  }
  for (const button of document.querySelectorAll("[data-filter]")) {
    button.setAttribute("aria-pressed", String(button.dataset.value === state[button.dataset.filter]));
  }
  for (const pager of document.querySelectorAll(".pager")) drawPager(pager);
}

function drawPager(pager) {
  const last = Math.floor((found.length - 1) / ROWS_A_SCREEN) * ROWS_A_SCREEN;
  const focused = pager.contains(document.activeElement) ? document.activeElement.textContent : null;
  const buttons = [
    ["First", 0],
    ["Previous", state.from - ROWS_A_SCREEN],
    ["Next", state.from + ROWS_A_SCREEN],
    ["Last", last],
  ].map(([word, from]) => {
    const idle = from < 0 || from > last || from === state.from;
    return make("button", { type: "button", "aria-disabled": String(idle), onclick: () => idle || turn(from) }, word);
  });
  pager.hidden = found.length <= ROWS_A_SCREEN;
  pager.replaceChildren(...buttons);
  if (focused) buttons.find((button) => button.textContent === focused).focus();
}

function turn(from) {
  update({ from });
  $("filters").scrollIntoView({ block: "nearest" });
}

// -- controls -----------------------------------------------------------------------------------------

function offer(select, words, any) {
  select.append(make("option", { value: "" }, any), ...words.map((word) => make("option", { value: word }, word)));
}

/** Runs `action` once nothing has been typed for a moment. */
function later(action) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(action, 120);
  };
}

const switched = (key, value) => update({ [key]: state[key] === value ? "" : value });

function prepareControls() {
  const kinds = new Set(rows.filter((row) => COPIES.includes(row.label)).map((row) => row.repost_kind));
  offer($("label"), labelsThere.filter((label) => rows.some((row) => row.label === label)), "Any");
  offer($("kind"), [...about.kinds.filter((kind) => kinds.delete(kind)), ...[...kinds].filter(Boolean)], "Any");
  $("hosts").append(...tally(rows.map((row) => row.host).filter(Boolean)).slice(0, OFFERED_HOSTS).map(([host]) => make("option", { value: host })));
  $("sort").append(...COLUMNS.map((column) => make("option", { value: column.key }, column.title === "#" ? "Rank" : column.title)));
  $("label").addEventListener("change", () => update({ label: $("label").value }));
  $("kind").addEventListener("change", () => update({ kind: $("kind").value }));
  $("query").addEventListener("input", later(() => update({ query: $("query").value })));
  $("host").addEventListener("input", later(() => update({ host: $("host").value.trim().toLowerCase() })));
  $("sort").addEventListener("change", () => sortBy(COLUMNS.find((column) => column.key === $("sort").value)));
  $("direction").addEventListener("click", () => update({ falls: !state.falls }));
  $("filters").addEventListener("submit", (event) => event.preventDefault());
  $("filters").addEventListener("reset", () => setTimeout(() => {
    update({ query: "", label: "", kind: "", host: "" });
    $("query").focus();
  }));
}

/** Chosen hosts from the chart stand in the field too. */
function switchHost(host) {
  $("host").value = state.host === host ? "" : host;
  switched("host", host);
}

// -- light and dark -----------------------------------------------------------------------------------

const THEMES = ["auto", "light", "dark"];

function prepareTheme() {
  const button = $("theme");
  const show = (theme) => {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    button.dataset.theme = theme;
    button.textContent = `Theme: ${theme}`;
  };
  button.addEventListener("click", () => {
    const next = THEMES[(THEMES.indexOf(button.dataset.theme) + 1) % THEMES.length];
    show(next);
    remember(next);
  });
  show(THEMES.includes(remembered()) ? remembered() : "auto");
}

// A browser may forbid a file to keep anything: then the choice lasts as long as the page.
function remembered() {
  try {
    return localStorage.getItem("report-theme");
  } catch {
    return null;
  }
}

function remember(theme) {
  try {
    localStorage.setItem("report-theme", theme);
  } catch {
    // as said above
  }
}

// -- start --------------------------------------------------------------------------------------------

// What the report is about: the page, of several their host, or how many hosts.
function subject() {
  if (rows.length === 1) return rows[0].url;
  const hosts = new Set(rows.map((row) => row.host).filter(Boolean));
  return hosts.size === 1 ? [...hosts][0] : hosts.size ? counted(hosts.size, "host") : "";
}

function start() {
  const file = location.pathname.split("/").at(-1);
  $("subtitle").textContent = counted(about.pages, "page") + (about.pages > 1 ? ", the worst first" : "");
  $("footer").textContent = `Made by repost-detector ${about.version}. This file loads nothing and sends nothing.`;
  const name = subject();
  $("heading").textContent = name ? `Repost report: ${name}` : "Repost report";
  document.title = [$("heading").textContent, file && safelyDecoded(file)].filter(Boolean).join(" \u2013 ");
  if (about.pages > rows.length) {
    $("cut").textContent = `These are the worst ${whole(rows.length)} of ${whole(about.pages)} pages, and the figures are theirs; the .csv and .jsonl reports have all.`;
  }
  prepareTheme();
  prepareControls();
  if (rows.length > 1) {
    drawLabels(rows, labelsThere, (label) => switched("label", label));
    drawCharts(rows, labelsThere, { kind: (kind) => switched("kind", kind), host: switchHost });
    $("charts").open = matchMedia("(min-width: 760px)").matches;
  } else {
    document.body.classList.add("single");
    if (rows.length) state.open.add(0);
  }
  update();
  // Rows opened before the file was read to its end are drawn again when it is.
  document.addEventListener("DOMContentLoaded", () => state.open.size && drawRows());
  performance.mark("report-drawn");
}

function safelyDecoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

start();
