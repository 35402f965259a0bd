// The board: items by state, live, by mouse, finger or keyboard.
import { ask, follow, inspectionOptions, make, order, settings, signForm, time, toast, upload } from "/static/shared.js";

const COLUMNS = [
  ["Received", ["received", "escalated"]], ["Assigned", ["assigned"]], ["Preparing", ["preparing"]], ["Review", ["review"]],
  ["Staged", ["staged"]], ["Staged ahead", []], ["Released, answered", ["released", "answered"]], ["Closed", ["closed", "declined", "superseded"]],
];
const NEWEST = 40; // cards of a finished column
const RUNNING = new Set(["received", "assigned", "preparing", "review", "staged"]);
const items = new Map();
let people = {}, owners = {};
const $ = (id) => document.getElementById(id);
const columns = COLUMNS.map(([title]) => {
  const list = make("ul"), count = make("span");
  $("board").append(make("section", { class: "column", "aria-label": title }, make("h2", {}, `${title} `, count), list));
  return { list, count };
});

const columnOf = (one) => one.ahead && RUNNING.has(one.state) ? 5 : COLUMNS.findIndex(([, states]) => states.includes(one.state));

function clock(one) {
  if (!one.due || !RUNNING.has(one.state)) return ["", ""];
  const left = Math.round((Date.parse(one.due) - Date.now()) / 60000);
  if (left < 0) return ["late", `${-left} min late`];
  return [left <= 5 ? "soon" : "ok", `${left} min left`];
}

function card({ record: one, version }) {
  const [light, words] = clock(one);
  return make("li", {}, make("button", { class: `card ${light}`, "data-id": one.id, onclick: () => openItem(one.id) },
    make("span", { class: "top" }, make("span", {}, one.id + (one.risk ? " ⚑" : "")), make("span", { class: "clock" }, words)),
    make("span", { class: "words" }, one.wording),
    make("span", { class: "small" }, [people[one.owner], one.topic, one.state === "escalated" ? "with legal" : ""].filter(Boolean).join(" · "))));
}

function wanted(one) {
  const search = $("search").value.trim().toLowerCase();
  return (!$("inspection").value || one.inspection === $("inspection").value) && (!$("owner").value || one.owner === $("owner").value)
    && (!search || `${one.id} ${one.wording} ${one.topic} ${one.clause}`.toLowerCase().includes(search));
}

let drawing = false;
function draw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => { drawing = false; drawNow(); });
}

function drawNow() {
  const held = document.activeElement?.dataset?.id;
  const parts = COLUMNS.map(() => []);
  for (const one of items.values()) if (wanted(one.record)) parts[columnOf(one.record)]?.push(one);
  parts.forEach((part, i) => {
    part.sort((a, b) => i < 6 ? (a.record.priority - b.record.priority) || a.record.due.localeCompare(b.record.due) : b.record.since.localeCompare(a.record.since));
    columns[i].count.textContent = `(${part.length})`;
    columns[i].list.replaceChildren(...(i < 6 ? part : part.slice(0, NEWEST)).map(card));
  });
  const all = parts.slice(0, 5).flat();
  const late = all.filter((one) => clock(one.record)[0] === "late").length;
  $("figures").textContent = `${all.length} open, ${late} late`;
  if (held) document.querySelector(`[data-id="${CSS.escape(held)}"]`)?.focus();
}

function fieldOf(field) {
  const rules = { name: field.name, required: !field.optional && field.type !== "boolean", maxlength: field.most || null };
  let control;
  if (["owner"].includes(field.name)) {
    control = make("select", rules, make("option", { value: "" }, "choose"), ...Object.entries(owners).map(([id, name]) => make("option", { value: id }, name)));
  } else if (field.name === "bank") control = matching(rules);
  else if (field.options.length) control = make("select", rules, ...field.options.map((one) => make("option", { value: one }, one.replaceAll("_", " "))));
  else if (field.type === "boolean") control = make("input", { type: "checkbox", name: field.name });
  else if (field.long) control = make("textarea", { ...rules, rows: 4 });
  else control = make("input", { ...rules, type: field.type === "integer" ? "number" : "text" });
  return make("label", { class: field.type === "boolean" ? "check" : "" }, `${field.label} `, control);
}

// The practice questions to choose from, by their key or any words of them; loaded when they are first wanted.
let practice;
function matching(rules = { name: "bank", maxlength: 120 }) {
  const list = make("datalist", { id: `practice-${Math.random().toString(36).slice(2)}` });
  practice ??= ask("/api/bank?state=approved").catch((error) => { practice = undefined; toast(error.message); return []; });
  practice.then((all) => list.append(...all.map((one) => make("option", { value: one.id }, one.question))));
  return make("span", {}, make("input", { ...rules, list: list.id, autocomplete: "off", placeholder: "key or words" }), list);
}

// What was practised beside what is asked now.
async function beside(bank) {
  const found = bank && await ask(`/api/bank/${encodeURIComponent(bank)}/live`).catch(() => null);
  if (!found) return "";
  return make("details", { id: "practised" }, make("summary", {}, `Practised as ${bank}`), make("p", {}, found.question), make("ol", {}, ...found.points.map((point) => make("li", {}, point))),
    make("p", { class: "hint" }, `To be shown: ${found.evidence}`));
}

function valuesOf(form, fields) {
  const values = {};
  for (const field of fields) {
    const control = form.elements[field.name];
    if (field.type === "boolean") { if (control.checked || !field.optional) values[field.name] = control.checked; }
    else if (control.value !== "" || !field.optional) values[field.name] = field.type === "integer" ? Number(control.value) : control.value;
  }
  return values;
}

function facts(one) {
  const rows = [
    ["Asked", `${one.inspector || "inspector"}, ${time(one.received_at) || "not yet"}`], ["Type", one.type.replaceAll("_", " ")], ["State", one.state + (one.ahead ? ", prepared ahead" : "")],
    ["Due", time(one.due)], ["Owner", people[one.owner]], ["Topic", one.topic], ["Clause", one.clause], ["Note", one.note], ["Answer", one.answer],
    ["Given", one.given && `${one.given} (${one.answered_by})`], 
    ["Released", one.released && `${time(one.released.at)}, ${one.released.form}`], ["Handed over", time(one.delivered_at)], ["Taken back", time(one.returned_at)], ["Replaced by", one.superseded_by],
  ];
  return make("dl", {}, ...rows.filter(([, value]) => value).flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
}

let shown = "";
async function openItem(id, again = false) {
  const dialog = $("item");
  let found, trail, signatures;
  const kind = id.startsWith("Q") ? "question" : "request";
  try { [found, trail, signatures] = await Promise.all([ask(`/api/items/${id}`), ask(`/api/items/${id}/history`), ask(`/api/records/${kind}/${id}/signatures`)]); } catch (error) { toast(error.message); return; }
  // Whoever closed it in the meantime does not want it back.
  if (again && !dialog.open) return;
  shown = id;
  const held = again && dialog.contains(document.activeElement) ? document.activeElement.textContent : "";
  const area = make("div");
  const take = async (step, values) => {
    try { await order(`/api/items/${id}/${step.name}`, values, found.version); await openItem(id, true); } catch (error) { toast(error.message); }
  };
  const buttons = found.steps.map((step) => make("button", { type: "button", onclick: () => {
    if (!step.fields.length) { take(step, {}); return; }
    if (step.name === "attach") {
      const file = make("input", { type: "file", required: true, accept: ".pdf,.png,.jpg,.jpeg,.docx,.xlsx,.pptx,.txt,.csv" });
      area.replaceChildren(make("form", { class: "stack", onsubmit: async (event) => {
        event.preventDefault();
        try { await take(step, { document: (await upload(file.files[0])).id }); } catch (error) { toast(error.message); }
      } }, make("label", {}, "Document ", file), make("button", { class: "main" }, "Attach")));
      file.focus();
      return;
    }
    const form = make("form", { class: "stack", onsubmit: (event) => { event.preventDefault(); take(step, valuesOf(form, step.fields)); } },
      ...step.fields.map(fieldOf), make("button", { class: "main" }, step.label));
    for (const field of step.fields) if (found.record[field.name] && form.elements[field.name].type !== "checkbox") form.elements[field.name].value = found.record[field.name];
    area.replaceChildren(form);
    form.querySelector("input,select,textarea")?.focus();
  } }, step.label));
  const practised = await beside(found.record.bank);
  const entries = trail.map((entry) => make("li", {}, `${time(entry.at)} ${people[entry.actor] ?? entry.actor}: ${entry.action.replaceAll("_", " ")}${entry.reason ? `, because ${entry.reason}` : ""}`));
  dialog.replaceChildren(make("h2", { id: "item-title" }, id), make("p", {}, found.record.wording), facts(found.record), make("div", { class: "steps" }, ...buttons), area, practised,
    make("p", {}, ...found.record.documents.flatMap((doc) => [make("a", { href: `/api/documents/${doc.id}/content` }, doc.name), " "])),
    make("p", { class: "hint" }, signatures.map((one) => `${one.meaning} by ${one.name}, ${time(one.at)}, version ${one.version}${one.holds ? "" : " (changed since)"}`).join("; ")),
    make("details", {}, make("summary", {}, `Trail (${trail.length})`), make("ol", {}, ...entries)), make("div", { class: "steps" }, make("button", { type: "button", onclick: () => { dialog.close(); signForm($("sign"), found.kind, id, found.version); } }, "Sign"),
    make("button", { type: "button", onclick: () => dialog.close() }, "Back")));
  if (!dialog.open) dialog.showModal();
  const same = [...dialog.querySelectorAll("button")].find((one) => held && one.textContent === held);
  (same ?? dialog.querySelector(".steps button") ?? dialog.querySelector("button")).focus();
}

function create() {
  const dialog = $("create");
  const input = (label, control) => make("label", {}, `${label} `, control);
  const form = make("form", { class: "stack", onsubmit: async (event) => {
    event.preventDefault();
    const data = Object.fromEntries(new FormData(form));
    const kind = data.kind; delete data.kind;
    data.ahead = form.elements.ahead.checked;
    data.priority = Number(data.priority);
    const earlier = data.earlier && new Date(data.earlier).toISOString(); delete data.earlier;
    try { const made = await order(`/api/${kind}${earlier ? `?happened=${encodeURIComponent(earlier)}` : ""}`, data); dialog.close(); toast(`${made.id} taken down`); } catch (error) { toast(error.message); }
  } },
    input("What was asked, word for word", make("textarea", { name: "wording", required: true, maxlength: 4000, rows: 4 })),
    input("Kind", make("select", { name: "kind" }, make("option", { value: "requests" }, "request"), make("option", { value: "questions" }, "question"))),
    input("Type", make("select", { name: "type" }, ...Object.keys(settings.minutes).map((one) => make("option", { value: one }, `${one.replaceAll("_", " ")} (${settings.minutes[one]} min)`)))),
    input("Inspector", make("input", { name: "inspector", maxlength: 120 })), input("Topic", make("input", { name: "topic", maxlength: 120 })),
    input("Matches practice question", matching()),
    input("Priority", make("select", { name: "priority" }, make("option", { value: 2 }, "2, as it comes"), make("option", { value: 1 }, "1, first"), make("option", { value: 3 }, "3, when there is time"))),
    input("Asked at, if earlier than now", make("input", { name: "earlier", type: "datetime-local" })),
    make("label", { class: "check" }, make("input", { type: "checkbox", name: "ahead" }), "prepared ahead, not asked yet"),
    make("input", { type: "hidden", name: "inspection", value: $("inspection").value }),
    make("div", { class: "steps" }, make("button", { class: "main" }, "Take down"), make("button", { type: "button", onclick: () => dialog.close() }, "Back")));
  dialog.replaceChildren(make("h2", { id: "create-title" }, "New request"), form);
  dialog.showModal();
}

function move(event) {
  const here = document.activeElement;
  if (!here?.classList.contains("card")) return;
  const list = here.closest("ul"), cards = [...list.querySelectorAll(".card")], at = cards.indexOf(here);
  const column = columns.findIndex((one) => one.list === list);
  let next;
  if (event.key === "ArrowDown") next = cards[at + 1];
  else if (event.key === "ArrowUp") next = cards[at - 1];
  else for (let i = column, step = event.key === "ArrowRight" ? 1 : -1; (i += step) >= 0 && i < columns.length && !next;) next = columns[i].list.querySelector(".card");
  if (next) { event.preventDefault(); next.focus(); next.scrollIntoView({ block: "nearest", inline: "nearest" }); }
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.key.startsWith("Arrow")) { move(event); return; }
  if (event.target.matches("input,select,textarea")) return;
  if (event.key === "n" && !$("new").disabled) { event.preventDefault(); create(); }
  if (event.key === "/") { event.preventDefault(); $("search").focus(); }
});

async function load() {
  const [inspections, found, names, able] = await Promise.all([ask("/api/inspections"), ask("/api/items"), ask("/api/people"), ask("/api/owners")]);
  people = names;
  owners = able;
  shownInspections(inspections);
  $("owner").replaceChildren(make("option", { value: "" }, "everyone"), ...Object.entries(owners).map(([id, name]) => make("option", { value: id }, id === settings.account ? "me" : name)));
  items.clear();
  for (const one of found.items) items.set(one.id, one);
  drawNow();
  return found.cursor;
}

function shownInspections(all) {
  inspectionOptions($("inspection"), all);
  $("none").hidden = all.length > 0;
  $("new").disabled = !all.some((one) => one.state === "open");
}

const KINDS = new Set(["request", "question"]);
function took(event) {
  if (event.kind === "inspection") ask("/api/inspections").then((all) => { shownInspections(all); draw(); }, (error) => toast(error.message));
  if (!KINDS.has(event.kind)) return;
  const old = items.get(event.id);
  if (old && old.version >= event.version) return;
  items.set(event.id, { id: event.id, version: event.version, record: event.record });
  if (shown === event.id && $("item").open && event.actor !== settings.account) {
    // What somebody is writing stays; otherwise the item is shown as it is now.
    if (!$("item").querySelector("form")) openItem(event.id, true);
    toast(`${event.id} has just been changed by ${people[event.actor] ?? "someone"}`);
  }
  draw();
}

async function begin() {
  try {
    const cursor = await load();
    follow(cursor, { record: took, gone: (event) => { items.delete(event.id); draw(); }, reset: begin });
  } catch (error) { toast(error.message); setTimeout(begin, 3000); }
}

for (const id of ["search", "owner", "inspection"]) $(id).addEventListener("input", draw);
$("new").addEventListener("click", create);
$("item").addEventListener("close", () => { const id = shown; shown = ""; document.querySelector(`[data-id="${CSS.escape(id)}"]`)?.focus(); });
setInterval(draw, 20000);
begin();
