// Readiness in one number, its parts, where each comes from, and the rows that say it to a company.
import { $, ask, live, make, options, table, tried } from "/static/bench.js";
import { ranges } from "/static/work.js";

let found = null;
const two = (value) => value.toFixed(2);
const question = (more = {}) => `/api/readiness?${new URLSearchParams({ profile: $("profile").value, inspectors: Number($("inspectors").value) || 2, ...more })}`;

function draw() {
  $("number").replaceChildren(two(found.middle), make("small", {}, ` (${two(found.low)} to ${two(found.high)}, ${Math.round(100 * found.level)} %)`));
  const weak = found.parts.filter((one) => one.share).sort((a, b) => a.pull - b.pull)[0];
  const side = found.low > 0.5 ? "better than" : found.high < 0.5 ? "worse than" : "not to be told from";
  $("said").textContent = `The site is ${side} an average one, which stands at 0.5.${weak && weak.pull < 0 ? ` What holds it down most: ${weak.name}.` : ""}${found.not_measured.length ? ` Not measured, so taken as average with a wide range: ${found.not_measured.join(", ")}.` : ""}`;
  ranges($("chart"), [{ label: "readiness", low: found.low, high: found.high, words: `${two(found.low)} to ${two(found.high)}`, mark: 0.5, strong: true, kind: "wide" },
    ...found.parts.map((one) => one.share ? { label: one.name, low: one.share.low, high: one.share.high, words: `${two(one.share.low)} to ${two(one.share.high)}`, mark: one.average } : { label: one.name, low: 0, high: 0, words: "not measured", mark: one.average })],
  { top: 1, title: "Readiness and its parts", axis: "share, 0 to 1", form: (value) => value.toFixed(1) });
  $("parts").replaceChildren(table(["part", "#weight", "#share", "#adds", "where it comes from", "what is missing"], found.parts.map((one) => ({ id: one.name, kind: one.share ? "" : "no", cells: [
    make("a", { href: one.page }, `${one.name}: ${one.means}`), two(one.weight), one.share ? two(one.share.middle) : "", one.share ? `${one.pull >= 0 ? "+" : "−"}${two(Math.abs(one.pull))}` : "", one.told, one.missing,
  ] }))));
}

function drawRows(rows) {
  const files = [...new Set(rows.map((one) => one.file))];
  $("rows").replaceChildren(...files.map((file) => {
    const lines = rows.filter((one) => one.file === file), names = Object.keys(lines[0]).filter((name) => name !== "file");
    const text = [names.join(","), ...lines.map((one) => names.map((name) => /[",]/.test(one[name]) ? `"${one[name].replaceAll('"', '""')}"` : one[name]).join(","))].join("\n");
    const area = make("textarea", { class: "rows-text", readonly: true, rows: lines.length + 2 }); area.value = text;
    return make("label", {}, file, area);
  }));
}

async function load() {
  const profiles = await ask("/api/profiles").catch(() => []);
  options($("profile"), profiles.map((one) => [one.id, one.record?.name ?? one.name ?? one.id]));
  found = await ask(question());
  draw();
}

$("into").addEventListener("submit", tried(async (event) => { const form = event.target.elements; drawRows((await ask(question({ site: form.site.value.trim(), territory: form.territory.value.trim() }))).rows); }));
for (const id of ["profile", "inspectors"]) $(id).addEventListener("change", tried(async () => { found = await ask(question()); draw(); }));
live(["round", "gap", "translation", "team", "card", "duty", "slot", "profile", "request", "question"], load);
