// What the pages of the workbench share: tables, dialogs, forms made of fields, files, and going along with the room.
import { ask, follow, make, order, post, settings, time, toast } from "/static/shared.js";

export const $ = (id) => document.getElementById(id);
export const tried = (work) => async (event) => { event?.preventDefault(); try { await work(event); } catch (error) { toast(error.message); } };
export const tag = (words, kind = "") => make("span", { class: `tag ${kind}` }, words);
export const percent = (share) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

export function options(select, pairs, first) {
  const chosen = select.value;
  const all = first == null ? pairs : [["", first], ...pairs];
  select.replaceChildren(...all.map(([value, words]) => make("option", { value }, words)));
  if (all.some(([value]) => value === chosen)) select.value = chosen;
}

// Rows of [text or element, ...] under headings; a heading that begins with # is of numbers.
export function table(headings, rows) {
  const names = headings.map((name) => name.replace("#", ""));
  const cell = (value, i) => make("td", { class: headings[i].startsWith("#") ? "number" : "", "data-label": names[i] }, value === "" ? null : value);
  const body = rows.map(({ cells, kind = "", id }) => make("tr", { class: kind, "data-id": id }, ...cells.map(cell)));
  const head = make("thead", {}, make("tr", {}, ...names.map((name, i) => make("th", { class: headings[i].startsWith("#") ? "number" : "", scope: "col" }, name))));
  return make("table", { class: headings.length > 6 ? "rows wide" : "rows" }, head, make("tbody", {}, ...body));
}

export function openButton(words, work) { return make("button", { type: "button", class: "open", onclick: tried(work) }, words); }

// A long list is drawn in parts, so that a tablet does not wait for the whole.
export function inParts(place, headings, rows, size = 60) {
  let shown = size;
  const draw = () => {
    const more = rows.length > shown ? make("button", { type: "button", onclick: () => { shown += 4 * size; draw(); } }, `Show more (${rows.length - shown} left)`) : null;
    place.replaceChildren(rows.length ? table(headings, rows.slice(0, shown)) : make("p", { class: "hint" }, "Nothing here."), more ?? "");
  };
  draw();
}

export function dialogOf(title, ...parts) {
  const dialog = $("dialog");
  const back = make("button", { type: "button", onclick: () => dialog.close() }, "Back");
  dialog.replaceChildren(make("h2", { id: "dialog-title" }, title), ...parts.filter((part) => part != null), make("div", { class: "steps" }, back));
  if (!dialog.open) dialog.showModal();
  return dialog;
}

export function field(label, control) { return make("label", { class: control.type === "checkbox" ? "check" : "" }, ...(control.type === "checkbox" ? [control, ` ${label}`] : [`${label} `, control])); }
export function input(name, attributes = {}) { return make("input", { name, ...attributes }); }
export function area(name, value = "", attributes = {}) { const made = make("textarea", { name, rows: 3, ...attributes }); made.value = value; return made; }
export function choice(name, pairs, value = "", attributes = {}) { const made = make("select", { name, ...attributes }, ...pairs.map(([key, words]) => make("option", { value: key }, words))); made.value = value; return made; }

// A dialog closes when the page behind it shows what was saved; until then its button is not pressed twice.
export function form(work, label, ...parts) {
  const made = make("form", { class: "stack", onsubmit: tried(async (event) => {
    const sent = event.submitter;
    if (sent) sent.disabled = true;
    try { await work(Object.fromEntries([...new FormData(event.target)]), event.target); } finally {
      if (sent) sent.disabled = false;
      if (sent && document.activeElement === document.body) sent.focus();
    }
  }) },
    ...parts.filter((part) => part != null), make("div", { class: "steps" }, make("button", { class: "main" }, label)));
  return made;
}

// One button that asks why before it does something.
export function withReason(label, work) {
  const place = make("div");
  const ask_ = () => { place.replaceChildren(form(({ reason }) => work(reason), label, field("Why", area("reason", "", { required: true, maxlength: 400, rows: 2 })))); place.querySelector("textarea").focus(); };
  place.append(make("button", { type: "button", onclick: ask_ }, label));
  return place;
}

export function facts(pairs) {
  return make("dl", {}, ...pairs.filter(([, value]) => value !== "" && value != null).flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
}

export async function history(kind, id, people) {
  const trail = await ask(`/api/records/${kind}/${encodeURIComponent(id)}/history`);
  const words = (change) => Object.entries(change).filter(([name]) => !["id", "profile"].includes(name)).map(([name, [old, now]]) => `${name}: ${text(old, people)} → ${text(now, people)}`).join("; ");
  const lines = trail.slice().reverse().map((one) => make("li", {}, `${time(one.at)} ${people[one.actor] ?? one.actor}, ${one.action.replaceAll("_", " ")}${one.reason ? `, because ${one.reason}` : ""}: ${trail.indexOf(one) ? words(one.change) : "made"}`));
  return make("details", {}, make("summary", {}, `History (${trail.length})`), make("ol", {}, ...lines));
}

function text(value, people) {
  if (value == null || value === "") return "blank";
  const words = Array.isArray(value) ? value.join("; ") : String(people[value] ?? value);
  return words.length > 90 ? `${words.slice(0, 90)} …` : words;
}

export async function bring(path, parts) {
  const body = new FormData();
  for (const [name, value] of Object.entries(parts)) if (value != null) body.append(name, value);
  return post(path, body);
}

// Loads, then loads anew when a record of these kinds has changed, waiting a little so that many changes are one.
export async function live(kinds, load, wait = 1500) {
  let waiting = false;
  const again = () => {
    if (waiting) return;
    waiting = true;
    setTimeout(async () => { waiting = false; try { await load(); } catch (error) { toast(error.message); } }, wait * (1 + Math.random()));
  };
  try {
    const { cursor } = await ask("/api/items?owner=nobody");
    await load();
    follow(cursor, { record: (event) => { if (kinds.includes(event.kind)) again(); }, reset: () => { location.reload(); } });
  } catch (error) { toast(error.message); setTimeout(() => live(kinds, load, wait), 3000); }
}

export { ask, make, order, settings, time, toast };
