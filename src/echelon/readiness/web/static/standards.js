// Standards: what counts for a profile and why, what maps to what, and the evidence to have at hand.
import { $, area, ask, bring, choice, dialogOf, facts, field, form, history, inParts, input, live, make, openButton, options, order, tag, toast, tried, withReason } from "/static/bench.js";

let me = { roles: [] }, words, people = {}, profiles = [], slots = [], told = { figures: {}, clauses: [], libraries: [] };
const head = () => me.roles.includes("quality_head");
const keeper = () => head() || me.roles.includes("back_room");

function drawFigures() {
  const one = told.figures, authorities = Object.entries(one.by_authority ?? {}).map(([name, count]) => `${name} ${count}`).join(", ");
  const parts = told.profile ? [[one.counting, `of ${one.clauses} clauses count (${authorities})`], [one.subjects, "matters, each counted once"], [one.remembered, "of these clauses remembered, not read"],
    [`${one.slots_owned}/${one.slots}`, "evidence slots have an owner"], [`${one.slots_ready}/${one.slots}`, "are ready"]] : [["", `${one.clauses} clauses. Set a profile to see which of them count.`]];
  $("figures").replaceChildren(...parts.map(([value, words]) => make("li", {}, make("strong", {}, String(value)), words)));
}

function drawClauses() {
  inParts($("clauses"), ["Clause", "Authority", "Title", "Counts", "Mark", "Matter", "#Evidence", "#Questions"], told.clauses.map((one) => ({
    id: one.id, kind: one.counts && one.assessable ? "" : "no",
    cells: [openButton(one.id, () => openClause(one.id)), one.authority, one.title, one.counts && one.assessable ? tag("counts", "good") : tag(one.counts ? "not assessed" : "no"),
      one.confidence === "read" ? tag("read") : tag(one.confidence, "warn"), one.topic_title, `${one.slots_ready}/${one.slots}`, String(one.questions)],
  })));
}

const kinds = { ready: "good", missing: "bad", open: "warn" };
function drawSlots() {
  const owner = $("owner").value, state = $("state").value;
  const shown = slots.filter((one) => (!owner || (owner === "nobody" ? !one.owner : one.owner === owner)) && (!state || one.state === state));
  inParts($("slots"), ["Evidence", "Matter", "Owner", "Language", "#Target, min", "#Took, min", "State"], shown.map((one) => ({
    id: one.id, cells: [openButton(one.title, () => openSlot(one)), one.topic, people[one.owner] ?? "", one.language, String(one.minutes),
      one.measured == null ? "" : one.measured > one.minutes ? tag(String(one.measured), "bad") : String(one.measured), tag(one.state, kinds[one.state])],
  })), 20);
}

async function openClause(id) {
  const one = await ask(`/api/clause?name=${encodeURIComponent(id)}&profile=${encodeURIComponent($("profile").value)}`);
  const link = (key) => openButton(key, () => openClause(key));
  const same = one.same_matter.map((other) => make("li", {}, link(other.id), ` ${other.authority}: ${other.title} `, tag(`${other.relation}, ${other.confidence}`)));
  dialogOf(one.id, make("p", {}, one.title), facts([["Instrument", `${one.authority}, ${one.instrument}`], ["Counts", `${one.counts && one.assessable ? "yes" : "no"}: ${one.assessable ? one.why : "definitions and scopes are not assessed"}`],
    ["Matter", one.topic_title], ["System", one.systems.join(", ")], ["Mark", one.confidence], ["Source", one.source], ["Note", one.note]]),
  make("p", {}, ...[...one.above, ...one.below].flatMap((key) => [link(key), " "])),
  make("details", { open: true }, make("summary", {}, `Same matter elsewhere (${same.length})`), make("ul", {}, ...same)),
  make("details", {}, make("summary", {}, `Evidence (${one.evidence.length})`), make("ul", {}, ...one.evidence.map((slot) => make("li", {}, openButton(slot.title, () => openSlot(slot)), " ", tag(slot.state, kinds[slot.state]))))),
  make("details", {}, make("summary", {}, `Practice questions (${one.asked.length})`), make("ul", {}, ...one.asked.map((each) => make("li", {}, `${each.id}: ${each.question}`)))));
}

async function openSlot(one) {
  const mine = one.owner === me.account, all = keeper();
  const persons = [["", "nobody yet"], ...Object.entries(people)];
  const save = async (values) => {
    const given = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, ["minutes", "measured"].includes(key) ? (value === "" ? null : Number(value)) : value]));
    await order(`/api/slots/${encodeURIComponent(one.id)}`, given, one.version);
    await load(); $("dialog").close();
  };
  const edit = all || mine ? form(save, "Save",
    all ? field("Owner", choice("owner", persons, one.owner)) : null, all ? field("Language it must be shown in", input("language", { value: one.language, maxlength: 12, placeholder: "en, zh; blank: the site's" })) : null,
    all ? field("Target, minutes", input("minutes", { type: "number", min: 0, max: 10000, value: one.minutes, required: true })) : null,
    field("State", choice("state", words.slot_states.map((name) => [name, name]), one.state)), field("Where it lies", input("place", { value: one.place, maxlength: 120 })),
    field("Last trial retrieval, minutes", input("measured", { type: "number", min: 0, max: 10000, value: one.measured ?? "" })), field("Note", area("note", one.note, { maxlength: 4000 }))) : null;
  const trail = one.version ? await history("slot", one.id, people) : make("p", { class: "hint" }, "Nothing has been changed of it yet.");
  dialogOf(one.title, facts([["Matter", one.topic], ["Record", one.record], ["Shown as", one.form], ["Owner", people[one.owner]], ["State", one.state], ["Where", one.place], ["Note", one.note]]), edit, trail);
}

function openProfile() {
  const one = profiles.find((each) => each.id === $("profile").value)?.record ?? { id: "", name: "", authorities: ["FDA"], modality: "antibody", steps: ["substance", "product"], features: ["sterile", "computerised"], visit: "pre-licence", mode: "on-site", systems: [], language: "en", day: "" };
  const checks = (name, pairs, chosen) => make("fieldset", {}, make("legend", {}, name), ...pairs.map(([word, means]) => field(means, input(name, { type: "checkbox", value: word, checked: chosen.includes(word) }))));
  const plain = (list) => list.map((word) => [word, word]);
  const save = async (values, element) => {
    const data = new FormData(element), lists = Object.fromEntries(["authorities", "steps", "features"].map((name) => [name, data.getAll(name)]));
    const version = profiles.find((each) => each.id === values.id)?.version;
    await order("/api/profiles", { ...values, ...lists, systems: data.getAll("systems") }, version);
    await load(); $("profile").value = values.id; await load(); $("dialog").close(); toast(`${values.id} is set`);
  };
  dialogOf("Site, product and visit", form(save, "Set", field("Short name", input("id", { value: one.id, required: true, maxlength: 60, pattern: "[a-z0-9][a-z0-9\\-]*", placeholder: "plant-fda" })), field("Name", input("name", { value: one.name, required: true, maxlength: 120 })),
    checks("authorities", plain(words.authorities), one.authorities), field("Kind of molecule", choice("modality", plain(words.modalities), one.modality)), checks("steps", plain(words.steps), one.steps), checks("features", Object.entries(words.features).map(([word, means]) => [word, `${word}: ${means}`]), one.features),
    field("Visit", choice("visit", plain(words.visits), one.visit)), field("Mode", choice("mode", plain(words.modes), one.mode)),
    checks("systems", plain(words.systems), one.systems), field("Inspectors' language", input("language", { value: one.language, required: true, maxlength: 12 })), field("First day", input("day", { type: "date", value: one.day, required: true }))));
}

function openLibrary() {
  const found = make("p", { class: "messages", role: "alert" });
  const save = async (values) => {
    found.textContent = "";
    try { const made = await bring("/api/libraries", { ...values, mapping: values.mapping.size ? values.mapping : null }); await load(); $("dialog").close(); toast(`${made.id} is in use`); } catch (error) { found.textContent = error.message; }
  };
  dialogOf("Bring a library of clauses", make("p", { class: "hint" }, "A table with the columns clause_id, authority, instrument, level, parent_id, title, system, source, confidence; a second one may say which subject class each clause belongs to (clause_id, class_id, relation, home, confidence)."),
    form(save, "Bring", field("Short name", input("id", { required: true, maxlength: 60 })), field("Name", input("name", { required: true, maxlength: 120 })),
      field("Clauses, .csv or .xlsx", input("clauses", { type: "file", required: true, accept: ".csv,.xlsx" })), field("Mapping, .csv or .xlsx", input("mapping", { type: "file", accept: ".csv,.xlsx" }))), found);
}

function openNewSlot() {
  const topics = [...new Map(told.clauses.map((one) => [one.topic, one.topic_title])).entries()];
  const save = async (values) => { await order("/api/slots", { ...values, minutes: Number(values.minutes), profile: $("profile").value }); await load(); $("dialog").close(); };
  dialogOf("Add a slot", form(save, "Add", field("Matter", choice("topic", topics)), field("What it is", input("title", { required: true, maxlength: 120 })), field("Target, minutes", input("minutes", { type: "number", min: 0, max: 10000, value: 15, required: true }))));
}

function drawLibraries() {
  const rows = told.libraries.map((one) => ({ id: one.id, cells: [one.name, one.id, String(one.clauses), one.clauses_file, tag(one.state, one.state === "in use" ? "good" : ""),
    head() && one.state === "in use" ? withReason("Retire", async (reason) => { await order(`/api/libraries/${one.id}/retire`, { reason }); await load(); }) : ""] }));
  inParts($("libraries"), ["Name", "Short name", "#Clauses", "File", "State", "Retire"], rows);
}

async function load() {
  const query = new URLSearchParams({ profile: $("profile").value, authority: $("authority").value, system: $("system").value, search: $("search").value, counting: String($("counting").checked && profiles.length > 0) });
  [profiles, people] = await Promise.all([ask("/api/profiles"), ask("/api/people")]);
  query.set("counting", String($("counting").checked && profiles.length > 0));
  [told, slots] = await Promise.all([ask(`/api/standards?${query}`), ask(`/api/slots?profile=${encodeURIComponent($("profile").value)}`)]);
  options($("profile"), profiles.map((one) => [one.id, one.record.name]));
  if (!$("profile").value && told.profile) $("profile").value = told.profile;
  options($("owner"), [["nobody", "nobody yet"], ...[...new Set(slots.map((one) => one.owner).filter(Boolean))].map((id) => [id, people[id] ?? id])], "everyone");
  drawFigures(); drawSlots(); drawClauses(); drawLibraries();
}

for (const id of ["profile", "authority", "system", "counting"]) $(id).addEventListener("change", tried(load));
let typing;
$("search").addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(tried(load), 250); });
for (const id of ["owner", "state"]) $(id).addEventListener("change", drawSlots);
$("set").addEventListener("click", openProfile);
$("library").addEventListener("click", openLibrary);
$("slot").addEventListener("click", openNewSlot);
[me, words] = await Promise.all([ask("/api/me"), ask("/api/words")]);
options($("authority"), [...words.authorities, "ICH"].map((name) => [name, name]), "all");
options($("system"), words.systems.map((name) => [name, name]), "all");
options($("state"), words.slot_states.map((name) => [name, name]), "any");
$("set").hidden = $("library").hidden = !head();
$("slot").hidden = !keeper();
live(["profile", "slot", "library"], load);
