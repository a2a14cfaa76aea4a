// Making elements, and saying numbers and texts. Everything a page said goes through `textContent`.

"use strict";

/** A new element: attributes by name ("class", "aria-…", "on…" as listeners), then children: elements or texts. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  return fill(element, attributes, children);
}

/** The same in SVG. */
function draw(tag, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

/** Attributes for a text from a page: its language, and no influence on the direction of what stands around it. */
function foreign(text, pageLanguage = "") {
  return { lang: languageOf(text, pageLanguage), dir: "auto" };
}

/** The language to draw a text in: what its script says, the page's own where they agree or the script is silent.
    Han characters alone are Chinese, unless the page is Japanese. */
function languageOf(text, pageLanguage) {
  const known = /^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i.test(pageLanguage) ? pageLanguage : undefined;
  if (/[\u3040-\u30ff]/.test(text)) return "ja";
  if (/[\uac00-\ud7af]/.test(text)) return "ko";
  if (/\p{Script=Han}/u.test(text)) return /^(zh|ja)/i.test(known ?? "") ? known : "zh";
  return /^(zh|ja|ko)/i.test(known ?? "") ? undefined : known;
}

/** A text from a page in a <span>, or in `tag`. */
function quoted(text, pageLanguage, attributes = {}, tag = "span") {
  return make(tag, { ...foreign(text, pageLanguage), ...attributes }, text);
}

/** A link to a web address, which opens without telling where from; anything else stays text. */
function linked(address, text = address, attributes = {}) {
  const shown = { dir: "auto", ...attributes };
  if (!/^https?:\/\/[^\s]+$/i.test(address)) return make("span", shown, text);
  return make("a", { ...shown, href: address, target: "_blank", rel: "noopener noreferrer nofollow" }, text);
}

const spoken = (word) => word.replaceAll("_", " ");
const whole = (number) => number.toLocaleString("en");
const counted = (number, thing) => `${whole(number)} ${thing}${number === 1 ? "" : "s"}`;

/** A share in whole percent; 0 % and 100 % only when it is exactly that. */
function percent(share) {
  let rounded = Math.round(100 * share);
  if (rounded === 100 && share < 1) rounded = 99;
  if (rounded === 0 && share > 0) rounded = 1;
  return `${rounded}\u00a0%`;
}

/** Three decimals; 0 and 1 only when it is exactly that. */
function decimal(value) {
  if (value > 0.9995 && value < 1) return ">0.999";
  if (value > 0 && value < 0.0005) return "<0.001";
  return value.toFixed(3);
}

/** A known label or category as the end of a class name; others share a colour. */
const styled = (kind, word, known) => (known.includes(word) ? `${kind}-${word}` : `${kind}-other`);
