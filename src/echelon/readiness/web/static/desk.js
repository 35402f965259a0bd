// The desk: sheets of notes with one pen each, commitments, and the wrap-up of a day.
import { ask, follow, inspectionOptions, make, order, settings, signForm, time, toast } from "/static/shared.js";

const $ = (id) => document.getElementById(id);
const records = { note: new Map(), commitment: new Map(), wrapup: new Map() };
const SAVED = 20000; // milliseconds after which what is being written is saved by itself, so that others can read along
let people = {};
let open = "", laid = ""; // the sheet that is shown, and one that was just laid out and is to be shown
let turning = false; // while one sheet is saved and another is to be shown
let typed = false; // whether the text holds what is not saved yet

const here = (kind) => [...records[kind].values()].filter((one) => one.record.inspection === $("inspection").value);
const tried = (work) => async (event) => { event?.preventDefault(); try { await work(event); } catch (error) { toast(error.message); } };

function drawSheet() {
  if (turning) return;
  const sheets = here("note"), chosen = sheets.some((one) => one.id === laid) ? laid : $("sheets").value;
  $("sheets").replaceChildren(...sheets.map((one) => make("option", { value: one.id }, `${one.id} ${one.record.title}`)));
  if (sheets.some((one) => one.id === chosen)) $("sheets").value = chosen;
  if (chosen === laid) laid = "";
  open = $("sheets").value;
  const sheet = records.note.get(open)?.record;
  const mine = sheet?.pen === settings.account;
  $("text").readOnly = !mine;
  if (!typed || !mine) { $("text").value = sheet?.text ?? ""; typed = false; }
  $("pen").textContent = !sheet ? "No sheet yet." : sheet.pen ? `The pen is with ${mine ? "you" : people[sheet.pen] ?? "someone"} since ${time(sheet.pen_since)}.` : "The pen is free.";
  $("take").disabled = !sheet || mine;
  $("save").disabled = $("lay").disabled = !mine;
}

function drawPromises() {
  $("commitments").replaceChildren(...here("commitment").map(({ id, version, record: one }) => {
    const proof = make("input", { maxlength: 4000, required: true, "aria-label": `Proof that ${id} is done` });
    const done = make("form", { class: "bar", onsubmit: tried(async () => { await order(`/api/commitments/${id}/done`, { proof: proof.value }, version); }) }, proof, make("button", {}, "Done"));
    const late = one.state === "open" && one.due && Date.parse(one.due) < Date.now();
    return make("li", { "data-id": id }, make("strong", { class: late ? "wrong" : "" }, `${id} ${late ? "late" : one.state}: ${one.text}`),
      make("p", { class: "hint" }, [one.item, one.promised_to && `to ${one.promised_to}`, people[one.owner], one.due && `by ${time(one.due)}`, one.proof].filter(Boolean).join(" · ")), one.state === "open" ? done : null);
  }));
}

function drawWraps() {
  $("wrapups").replaceChildren(...here("wrapup").sort((a, b) => b.record.day.localeCompare(a.record.day)).map(({ id, version, record: one }) => {
    const figures = one.figures;
    const rows = Object.entries(figures.minutes).map(([kind, part]) => make("li", {}, `${kind.replaceAll("_", " ")}: ${part.n} out, median ${part.median} min, 90 % within ${part.p90} min, ${part.over} over the clock`));
    return make("li", { "data-id": id }, make("strong", {}, one.day),
      make("p", {}, `${figures.asked} asked, ${figures.out} out, ${figures.open.length} open, ${figures.late} late, ${figures.returns} sent back`), make("ul", {}, ...rows),
      make("p", {}, figures.themes.map(([name, count]) => `${name} (${count})`).join(", ")), make("p", {}, one.remarks),
      make("button", { type: "button", onclick: () => signForm($("sign"), "wrapup", id, version) }, "Sign"));
  }));
}

function drawInspections(all) {
  $("inspections")?.replaceChildren(...all.map((one) => {
    const reason = make("input", { maxlength: 4000, required: true, "aria-label": `Why ${one.id} is closed`, placeholder: "why" });
    const close = make("form", { class: "bar", onsubmit: tried(async () => { await order(`/api/inspections/${one.id}/close`, { reason: reason.value }); }) }, reason, make("button", {}, "Close"));
    return make("li", { "data-id": one.id }, make("strong", {}, `${one.name} (${one.id})`),
      make("p", { class: "hint" }, [one.mock ? "mock" : "real", one.authority, `from ${one.first_day}, ${one.days} days`, one.state].filter(Boolean).join(" · ")), one.state === "open" ? close : null);
  }));
}

function draw() { drawSheet(); drawPromises(); drawWraps(); }

async function save(layDown) {
  const id = $("sheets").value, text = $("text").value;
  await order(`/api/notes/${id}/text?lay_down=${layDown}`, { text });
  // What was typed while this was on its way is still to be saved.
  if ($("sheets").value === id) typed = $("text").value !== text;
}

// Before another sheet is shown, what was written on this one is saved; if that fails, this one stays.
async function turn() {
  const id = open, inspection = records.note.get(id)?.record.inspection;
  turning = true;
  try {
    while (typed && !$("text").readOnly) {
      const text = $("text").value;
      await order(`/api/notes/${id}/text?lay_down=false`, { text });
      typed = $("text").value !== text;
    }
  } catch (error) {
    $("inspection").value = inspection;
    laid = id;
    throw error;
  } finally { turning = false; draw(); }
}

async function load() {
  const items = await ask("/api/items?search=-");
  const [inspections, names, owners, notes, promises] = await Promise.all([ask("/api/inspections"), ask("/api/people"), ask("/api/owners"), ask("/api/notes"), ask("/api/commitments")]);
  people = names;
  inspectionOptions($("inspection"), inspections);
  drawInspections(inspections);
  $("promise").elements.owner.replaceChildren(...Object.entries(owners).map(([id, name]) => make("option", { value: id }, name)));
  for (const one of [...notes, ...promises]) records[one.kind].set(one.id, one);
  draw();
  return items.cursor;
}

async function begin() {
  try {
    const cursor = await load();
    const record = (event) => {
      if (event.kind === "inspection") ask("/api/inspections").then((all) => { inspectionOptions($("inspection"), all); drawInspections(all); draw(); }, (error) => toast(error.message));
      if (!records[event.kind]) return;
      records[event.kind].set(event.id, { id: event.id, kind: event.kind, version: event.version, record: event.record });
      draw();
    };
    follow(cursor, { record, reset: begin });
  } catch (error) { toast(error.message); setTimeout(begin, 3000); }
}

$("inspection").addEventListener("input", tried(turn));
$("sheets").addEventListener("input", tried(turn));
$("text").addEventListener("input", () => { typed = true; });
setInterval(() => { if (typed && !turning && !$("text").readOnly) save(false).catch((error) => toast(error.message)); }, SAVED);
addEventListener("beforeunload", (event) => { if (typed) event.preventDefault(); });
$("take").addEventListener("click", tried(() => order(`/api/notes/${$("sheets").value}/pen`, {})));
$("save").addEventListener("click", tried(() => save(false)));
$("lay").addEventListener("click", tried(() => save(true)));
$("sheet").addEventListener("submit", tried(async () => { await turn(); const made = await order("/api/notes", { inspection: $("inspection").value, title: $("sheet").elements.title.value }); $("sheet").reset(); laid = made.id; draw(); toast(`${made.id} laid out`); }));
$("promise").addEventListener("submit", tried(async () => {
  const form = $("promise").elements, due = form.due.value && new Date(form.due.value).toISOString();
  await order("/api/commitments", { inspection: $("inspection").value, text: form.text.value, promised_to: form.promised_to.value, owner: form.owner.value, item: form.item.value, due: due || "" });
  $("promise").reset();
}));
$("enter")?.addEventListener("submit", tried(async () => {
  const data = Object.fromEntries(new FormData($("enter")));
  const made = await order("/api/inspections", { ...data, days: Number(data.days), mock: $("enter").elements.mock.checked });
  $("enter").reset();
  toast(`${made.id} is entered`);
}));
$("wrap").elements.day.value = new Date().toISOString().slice(0, 10);
$("wrap").addEventListener("submit", tried(async () => { await order("/api/wrapups", { inspection: $("inspection").value, day: $("wrap").elements.day.value, remarks: $("wrap").elements.remarks.value }); }));
begin();
