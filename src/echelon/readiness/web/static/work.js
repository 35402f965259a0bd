// What the pages of audits, translation and readiness share: forms of steps, and small charts drawn as SVG.
import { $, area, choice, dialogOf, facts, field, form, history, input, make, order, toast } from "/static/bench.js";

const words = (text) => text.replaceAll("_", " ").replaceAll("-", " ");
export const number = (value) => Math.round(value).toLocaleString("en");
export const day = (text) => text ? new Date(`${text.slice(0, 10)}T00:00Z`).toLocaleDateString("en", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }) : "";
export const range = (one) => !one ? "not known" : one.high == null ? `${one.low} or more` : one.low === one.high ? `${one.low}` : `${one.low} to ${one.high}`;

// A form of a step: what the room says the step asks for. `choices` gives pairs for fields that name something.
export function stepForm(place, path, version, step, choices, then) {
  const control = (part, given) => {
    const rules = { required: !part.optional && part.type !== "boolean", maxlength: part.most || null };
    if (choices[part.name]) return choice(part.name, [["", "choose"], ...choices[part.name]], given, rules);
    if (part.options.length) return choice(part.name, [["", part.optional ? "as it is" : "choose"], ...part.options.map((one) => [one, words(one)])], given, rules);
    if (part.type === "boolean") return choice(part.name, [["", "choose"], ["true", "yes"], ["false", "no"]], given, { required: true });
    if (part.long) return area(part.name, given, rules);
    const kind = ["due", "on", "first_day", "deadline"].includes(part.name) ? "date" : part.type === "integer" ? "number" : "text";
    return input(part.name, { ...rules, type: kind, min: part.type === "integer" ? 0 : null, value: given });
  };
  const given = (part) => String(place.values?.[part.name] ?? "");
  const made = form(async (values) => {
    const sent = {};
    for (const part of step.fields) {
      const value = values[part.name] ?? "";
      if (value === "" && part.optional) continue;
      sent[part.name] = part.type === "integer" ? Number(value) : part.type === "boolean" ? value === "true" : value;
    }
    const answer = await order(path, sent, version);
    await then(answer);
  }, step.label, ...step.fields.map((part) => field(part.label, control(part, given(part)))));
  place.replaceChildren(made);
  made.querySelector("input,select,textarea,button").focus();
}

// One record in a dialog: what it is, what may be done with it, and its history.
export async function open(one, { title, path, rows, parts = [], choices = {}, values = {}, people = {}, then }) {
  const place = make("div");
  place.values = values;
  const done = (label) => async () => { await then(); $("dialog").close(); toast(`${one.id}: ${label.toLowerCase()}`); };
  const buttons = (one.steps ?? []).map((step) => make("button", { type: "button", onclick: () => stepForm(place, `${path}/${encodeURIComponent(one.id)}/${step.name}`, one.version, step, choices, done(step.label)) }, step.label));
  const past = one.kind === "finding" ? null : await history(one.kind, one.id, people);
  dialogOf(title, facts(rows), ...parts, make("div", { class: "steps" }, ...buttons), place, past);
}

// A form for something new, of fields as [name, label, control].
export function begin(title, path, label, fields, then) {
  const controls = fields.map(([name, about, control]) => { control.name = name; return field(about, control); });
  dialogOf(title, form(async (values) => {
    for (const [name, , control] of fields) if (control.type === "number") values[name] = Number(values[name]); else if (values[name] === "" && !control.required) delete values[name];
    const made = await order(path, values);
    $("dialog").close();
    toast(`${made.id} is entered`);
    await then();
  }, label, ...controls));
  $("dialog").querySelector("input,select,textarea").focus();
}

const SVG = "http://www.w3.org/2000/svg";
function draw(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function ticks(top, most = 5) {
  const rough = Math.max(top, 1e-9) / most, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough);
  return Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, i) => i * step);
}

// Draws again when the place has another width; text keeps its size.
function fitted(place, paint) {
  let width = 0;
  const again = () => { const now = Math.round(place.clientWidth); if (now && now !== width) { width = now; place.replaceChildren(paint(now)); } };
  place.watch?.disconnect();
  place.watch = new ResizeObserver(again);
  place.watch.observe(place);
  width = 0; again();
}

// Rows of {label, low, high (null without an end), words, mark}: a line from low to high; never a point for the range.
export function ranges(place, rows, { top, title, axis, form: shape = (value) => String(+value.toFixed(10)) }) {
  fitted(place, (width) => {
    const left = Math.min(210, width * 0.42), right = 18 + 7.8 * Math.max(8, ...rows.map((one) => one.words.length)), row = 30, head = 8, foot = 46;
    const end = top ?? Math.max(1, ...rows.map((one) => one.high ?? one.low * 1.3 + 1));
    const x = (value) => left + (width - left - right) * Math.min(value, end) / end;
    const height = head + rows.length * row + foot, bottom = head + rows.length * row;
    const svg = draw("svg", { class: "chart", width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${title}: ${rows.map((one) => `${one.label} ${one.words}`).join("; ")}` });
    for (const value of ticks(end, width < 500 ? 3 : 6)) {
      svg.append(draw("line", { class: "grid", x1: x(value), x2: x(value), y1: head, y2: bottom }), draw("text", { class: "tick", x: x(value), y: bottom + 17, "text-anchor": "middle" }, shape(value)));
    }
    svg.append(draw("text", { class: "tick", x: left + (width - left - right) / 2, y: bottom + 37, "text-anchor": "middle" }, axis));
    rows.forEach((one, i) => {
      const y = head + i * row + row / 2, low = x(one.low), high = x(one.high ?? end);
      svg.append(draw("text", { class: one.strong ? "name strong" : "name", x: left - 10, y: y + 5, "text-anchor": "end" }, fit(one.label, left - 14)));
      svg.append(draw("line", { class: `span ${one.kind ?? ""}`, x1: low, x2: Math.max(high, low + 3), y1: y, y2: y }));
      for (const at of one.high == null ? [low] : [low, high]) svg.append(draw("line", { class: `cap ${one.kind ?? ""}`, x1: at, x2: at, y1: y - 7, y2: y + 7 }));
      if (one.mark != null) svg.append(draw("path", { class: "mark", d: `M${x(one.mark)} ${y - 9} l5 -6 h-10 z` }));
      svg.append(draw("text", { class: "value", x: Math.max(high, low + 3) + 10, y: y + 5 }, one.words));
    });
    return svg;
  });
}

function fit(text, width) { const most = Math.floor(width / 8.2); return text.length > most ? `${text.slice(0, most - 1)}…` : text; }

// Series of {name, kind, points: [[day, chance]]}: the chance of being finished by a day; a line where all must be done.
export function finishing(place, series, deadline) {
  fitted(place, (width) => {
    const left = 52, right = 16, top = 30, height = 260, bottom = height - 52;
    const stamps = series.flatMap((one) => one.points.map(([at]) => Date.parse(at))), first = Math.min(...stamps), last = Math.max(...stamps);
    const x = (at) => left + (width - left - right) * (at - first) / Math.max(1, last - first), y = (share) => bottom - (bottom - top) * share;
    const svg = draw("svg", { class: "chart", width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Chance that all is translated by a day" });
    for (const share of [0, 0.25, 0.5, 0.75, 1]) svg.append(draw("line", { class: "grid", x1: left, x2: width - right, y1: y(share), y2: y(share) }), draw("text", { class: "tick", x: left - 8, y: y(share) + 5, "text-anchor": "end" }, `${100 * share} %`));
    const many = Math.max(2, Math.floor(width / 180));
    for (let i = 0; i <= many; i++) { const at = first + (last - first) * i / many; svg.append(draw("text", { class: "tick", x: x(at), y: bottom + 18, "text-anchor": i === 0 ? "start" : i === many ? "end" : "middle" }, new Date(at).toLocaleDateString("en", { day: "numeric", month: "short", timeZone: "UTC" }))); }
    svg.append(draw("text", { class: "tick", x: (left + width - right) / 2, y: bottom + 40, "text-anchor": "middle" }, "day"));
    if (deadline) { const at = x(Date.parse(deadline)); svg.append(draw("line", { class: "limit", x1: at, x2: at, y1: top - 8, y2: bottom }), draw("text", { class: "tick", x: at, y: top - 14, "text-anchor": at > width / 2 ? "end" : "start" }, "inspection")); }
    for (const one of series) svg.append(draw("polyline", { class: `curve ${one.kind}`, points: one.points.map(([at, share]) => `${x(Date.parse(at)).toFixed(1)},${y(share).toFixed(1)}`).join(" ") }));
    return svg;
  });
}

// Words translated by day.
export function bars(place, days, axis) {
  fitted(place, (width) => {
    const left = 64, right = 8, top = 12, height = 200, bottom = height - 50, most = Math.max(1, ...days.map(([, count]) => count));
    const x = (i) => left + (width - left - right) * i / Math.max(1, days.length), y = (count) => bottom - (bottom - top) * count / most;
    const svg = draw("svg", { class: "chart", width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${axis}: ${days.map(([at, count]) => `${at} ${count}`).join(", ")}` });
    for (const count of ticks(most, 3)) svg.append(draw("line", { class: "grid", x1: left, x2: width - right, y1: y(count), y2: y(count) }), draw("text", { class: "tick", x: left - 8, y: y(count) + 5, "text-anchor": "end" }, number(count)));
    days.forEach(([at, count], i) => {
      const bar = draw("rect", { class: "bar-of", x: x(i) + 1, y: y(count), width: Math.max(1, x(1) - x(0) - 2), height: Math.max(0, bottom - y(count)) });
      bar.append(draw("title", {}, `${day(at)}: ${number(count)} words`));
      svg.append(bar);
    });
    for (const i of [0, Math.floor(days.length / 2), days.length - 1]) if (days[i]) svg.append(draw("text", { class: "tick", x: x(i) + (x(1) - x(0)) / 2, y: bottom + 18, "text-anchor": i === 0 ? "start" : i === days.length - 1 ? "end" : "middle" }, new Date(days[i][0]).toLocaleDateString("en", { day: "numeric", month: "short", timeZone: "UTC" })));
    svg.append(draw("text", { class: "tick", x: (left + width - right) / 2, y: bottom + 40, "text-anchor": "middle" }, axis));
    return svg;
  });
}

// Words by state, as one bar a language pair; states in `kinds`, in order.
export function shares(place, rows, kinds) {
  fitted(place, (width) => {
    const left = Math.min(110, width * 0.3), row = 40, height = rows.length * row + 8;
    const svg = draw("svg", { class: "chart", width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": rows.map((one) => `${one.label}: ${kinds.map((kind) => `${kind} ${number(one.counts[kind])}`).join(", ")}`).join("; ") });
    const most = Math.max(1, ...rows.map((one) => kinds.reduce((sum, kind) => sum + one.counts[kind], 0)));
    rows.forEach((one, i) => {
      let at = left;
      svg.append(draw("text", { class: "name", x: left - 8, y: i * row + 25, "text-anchor": "end" }, one.label));
      for (const kind of kinds) {
        const wide = (width - left - 4) * one.counts[kind] / most;
        const bar = draw("rect", { class: `state-${kind}`, x: at, y: i * row + 6, width: Math.max(0, wide), height: 28 });
        bar.append(draw("title", {}, `${kind}: ${number(one.counts[kind])} words`));
        svg.append(bar);
        at += wide;
      }
    });
    return svg;
  });
}
