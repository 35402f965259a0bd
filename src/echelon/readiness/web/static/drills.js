// Drills: the next best one, graded point by point; how everyone will stand on the day; who can stand in for whom.
import { $, ask, dialogOf, field, form, inParts, input, live, make, openButton, options, order, percent, tag, time, toast, tried } from "/static/bench.js";

let me = { roles: [] }, people = {}, told = { cells: [], topics: {}, ability: {}, figures: {} }, duties = {}, next = [], first = true;
const any = (...roles) => roles.some((role) => me.roles.includes(role));
const grader = () => any("quality_head", "front_room", "back_room", "scribe", "subject_expert");
const overview = () => any("quality_head", "front_room", "back_room");

function drawFigures() {
  const one = told.figures;
  const parts = [[told.day || "none", told.day ? "is the day drills aim at" : "no profile names a day to come"], [one.answers, `answers of ${one.people === 1 ? "one person" : `${one.people} people`}, ${one.answers ? percent(one.right / one.answers) : "0 %"} of them right`], [one.questions, `questions in use, ${one.stale} of them stale`]];
  $("figures").replaceChildren(...parts.map(([value, words]) => make("li", {}, make("strong", {}, String(value)), words)));
}

function drawNext() {
  inParts($("next"), ["Question", "Person", "Matter", "#Gain, %", "Last time", "Due"], next.map((one) => ({
    id: `${one.person}.${one.question}`, cells: [openButton(one.wording, () => openDrill(one)), people[one.person] ?? one.person, one.asked ? `${one.topic}, asked ${one.asked} ×` : one.topic, (100 * one.gain).toFixed(2), one.last ? `${one.last}, ${time(one.last_at)}` : "never", time(one.due)],
  })), 20);
}

// Grading by keyboard: 1 to 6 tick points, e w s the marks, Enter keeps it.
function openDrill(one) {
  const began = Date.now();
  if (!one.points) { dialogOf(one.question, make("p", { class: "asked" }, one.wording), make("p", { class: "hint" }, "Say your answer to somebody who grades it: they see the answer points on their screen.")); return; }
  const ticks = one.points.map((point, i) => input(`point${i + 1}`, { type: "checkbox" }));
  const marks = { evidence: input("evidence", { type: "checkbox", checked: true }), wrong: input("wrong", { type: "checkbox" }), speculated: input("speculated", { type: "checkbox" }), interpreter: input("interpreter", { type: "checkbox" }) };
  const seconds = input("seconds", { type: "number", min: 0, max: 3600, placeholder: "by the clock" });
  const keep = async () => {
    const said = ticks.flatMap((tick, i) => tick.checked ? [i + 1] : []);
    const took = seconds.value === "" ? Math.min(3600, Math.round((Date.now() - began) / 1000)) : Number(seconds.value);
    await order("/api/drills/answers", { person: one.person, question: one.question, said, ...Object.fromEntries(Object.entries(marks).map(([name, box]) => [name, box.checked])), seconds: took });
    await load(); $("dialog").close(); toast(`kept for ${people[one.person] ?? one.person}`);
  };
  const made = form(keep, "Keep the grade", make("ul", { class: "points" }, ...one.points.map((point, i) => make("li", {}, make("label", {}, ticks[i], ` ${i + 1}  ${point}`)))),
    field("the record was named (e)", marks.evidence), field("something false was said (w)", marks.wrong), field("guessed, or went beyond the question (s)", marks.speculated), field("through an interpreter", marks.interpreter), field("Seconds until complete", seconds));
  made.addEventListener("keydown", (event) => {
    if (event.target === seconds || event.ctrlKey || event.metaKey || event.altKey) return;
    const box = ticks[Number(event.key) - 1] ?? { e: marks.evidence, w: marks.wrong, s: marks.speculated }[event.key];
    if (box) { event.preventDefault(); box.checked = !box.checked; }
    if (event.key === "Enter" && event.target.type === "checkbox") { event.preventDefault(); made.requestSubmit(); }
  });
  dialogOf(`${people[one.person] ?? one.person} is asked`, make("p", { class: "asked" }, one.wording), make("p", { class: "hint" }, `To be shown: ${one.evidence}`), made);
  ticks[0]?.focus();
}

const kindOf = (cell) => `h${Math.min(4, Math.floor(Math.round(100 * cell.mean) / 20))}`;
const titleOf = (cell) => `${people[cell.person] ?? cell.person}, ${told.topics[cell.topic]}: ${percent(cell.mean)} ± ${percent(cell.error)}, ${cell.questions} questions`;

// By topic or by person, as lines of coloured numbers, weakest first; or as one map of all.
function drawMap() {
  const person = $("person").value, topic = $("topic").value, by = $("by").value;
  const cells = told.cells.filter((cell) => (!person || cell.person === person) && (!topic || cell.topic === topic));
  const name = { person: (id) => people[id] ?? id, topic: (id) => told.topics[id] };
  if (!cells.length) { $("map").replaceChildren(make("p", { class: "hint" }, "Nobody answers for a topic yet, and nobody was drilled.")); return; }
  if (by === "map") { drawMatrix(cells, name); return; }
  const other = by === "topic" ? "person" : "topic", groups = new Map();
  for (const cell of cells) groups.set(cell[by], [...(groups.get(cell[by]) ?? []), cell]);
  const best = (part) => Math.max(...part.map((cell) => cell.mean));
  const lines = [...groups].sort((a, b) => best(a[1]) - best(b[1])).map(([id, part]) => ({ id, cells: [
    by === "person" ? openButton(name.person(id), () => openPerson(id)) : name.topic(id),
    make("ul", { class: "chips" }, ...part.sort((a, b) => b.mean - a.mean).map((cell) => make("li", { class: kindOf(cell), title: titleOf(cell) }, `${name[other](cell[other])} ${Math.round(100 * cell.mean)} ± ${Math.round(100 * cell.error)}`)))] }));
  inParts($("map"), [by === "topic" ? "Topic" : "Person", "Right, % ± error"], lines, 80);
}

function drawMatrix(cells, name) {
  const topics = [...new Set(cells.map((cell) => cell.topic))].sort(), rows = new Map();
  for (const cell of cells) rows.set(cell.person, (rows.get(cell.person) ?? new Map()).set(cell.topic, cell));
  const first = (row) => topics.findIndex((one) => row.has(one));
  const head = make("thead", {}, make("tr", {}, make("th", {}, "Person"), ...topics.map((one) => make("th", { scope: "col", title: name.topic(one) }, one))));
  const body = [...rows].sort((a, b) => first(a[1]) - first(b[1])).map(([id, row]) => make("tr", {}, make("th", { scope: "row" }, make("button", { type: "button", onclick: tried(() => openPerson(id)) }, name.person(id))),
    ...topics.map((one) => row.has(one) ? make("td", { class: kindOf(row.get(one)), title: titleOf(row.get(one)) }, String(Math.round(100 * row.get(one).mean))) : make("td"))));
  $("map").replaceChildren(make("table", { class: "heat" }, head, make("tbody", {}, ...body)));
}

async function openPerson(id) {
  const [done, others] = await Promise.all([ask(`/api/drills/people/${id}`), overview() ? ask(`/api/drills/people/${id}/stand-ins`) : []]);
  const known = told.ability[id], cells = told.cells.filter((cell) => cell.person === id).sort((a, b) => a.mean - b.mean);
  const topics = cells.map((cell) => make("li", {}, `${told.topics[cell.topic]}: ${percent(cell.mean)} ± ${percent(cell.error)}`));
  const stand = others.map((one) => make("li", {}, `${one.title}: ${one.best.map((best) => `${people[best.person] ?? best.person} ${percent(best.chance)}`).join(", ") || "nobody else"}`));
  const answers = done.slice(0, 30).map((one) => make("li", {}, `${time(one.at)} ${one.question}: ${one.said.length} of ${one.of} points, ${one.mark}; ${one.answers} answers, due ${time(one.due)}`));
  dialogOf(people[id] ?? id, known ? make("p", {}, `Ability ${known.mean.toFixed(2)} ± ${known.error.toFixed(2)} (0 is the middle of all who were drilled).`) : null, make("h3", {}, "On the day"), make("ul", {}, ...topics),
    overview() ? make("h3", {}, "Who could stand in") : null, overview() ? make("ul", {}, ...stand) : null, make("details", {}, make("summary", {}, `Answers (${done.length} questions)`), make("ul", {}, ...answers)));
}

async function drawCover() {
  if (!overview()) return;
  const found = await ask(`/api/drills/cover?sure=${$("sure").value}&each=${$("each").value || 3}`);
  const lone = found.topics.filter((one) => one.lone).length;
  $("cover-words").textContent = `${lone} of ${found.topics.length} topics hang on one person or none. With the strongest roster the weakest link is ${percent(found.weakest)}.`;
  inParts($("cover"), ["Topic", "#Sure enough", "Roster", "Best on the day"], found.topics.map((one) => ({
    id: one.topic, cells: [one.title, one.lone ? tag(String(one.able.length), "bad") : String(one.able.length), people[found.roster[one.topic]] ?? "", one.best.slice(0, 3).map((best) => `${people[best.person] ?? best.person} ${percent(best.chance)}`).join(", ")],
  })), 80);
}

async function drawHeld() {
  // Worked out for who looks only: it goes through every answer.
  if (!overview() || !$("held-more").open) return;
  $("held-words").textContent ||= "Working it out.";
  const found = await ask("/api/drills/calibration"), whole = (share) => Math.round(100 * share);
  const first = found.first.count ? ` First answers, before which nobody had drilled the question and which count as not known, are apart: ${found.first.count}, ${whole(found.first.right / found.first.count)} % of them right.` : "";
  $("held-words").textContent = found.words + first;
  inParts($("held"), ["Predicted", "#Answers", "#Mean, %", "#Right, %", "95 % of it", "Says"], [...found.bands, { ...found.all, whole: true }].map((one) => ({
    id: one.whole ? "all" : `${whole(one.low)}`, cells: [one.whole ? "all" : `${whole(one.low)} to ${whole(one.high)} %`, String(one.count), one.count ? String(whole(one.predicted)) : "", one.count ? String(whole(one.right / one.count)) : "", one.count ? `${whole(one.least)} to ${whole(one.most)}` : "",
      tag(one.says, { holds: "good", "too high": "bad", "too low": "warn" }[one.says])] })));
}

async function openDuty() {
  const id = $("person").value;
  if (!id) { toast("choose a person first"); return; }
  const all = await ask("/api/standards"), topics = [...new Map(all.clauses.filter((one) => one.assessable).map((one) => [one.topic, one.topic_title])).entries()].sort((a, b) => a[1].localeCompare(b[1]));
  const mine = duties[id] ?? [];
  dialogOf(`Topics of ${people[id] ?? id}`, form(async (values, element) => { await order("/api/drills/duties", { person: id, topics: new FormData(element).getAll("topics") }); await load(); $("dialog").close(); }, "Save",
    make("fieldset", {}, make("legend", {}, "Answers for"), ...topics.map(([key, title]) => field(title, input("topics", { type: "checkbox", value: key, checked: mine.includes(key) }))))));
}

async function load() {
  [people, told, duties] = await Promise.all([ask("/api/people"), ask("/api/drills/map"), ask("/api/drills/duties")]);
  const ids = [...new Set([me.account, ...Object.keys(duties), ...told.cells.map((cell) => cell.person)])];
  const persons = ids.map((id) => [id, id === me.account ? "me" : people[id] ?? id]);
  options($("person"), any("quality_head") ? Object.entries(people).map(([id, name]) => [id, id === me.account ? "me" : name]) : persons, grader() ? "everyone" : null);
  // Who answers for something and does not look after everyone practises first.
  if (first && !overview() && (duties[me.account] || told.cells.some((cell) => cell.person === me.account))) $("person").value = me.account;
  first = false;
  options($("topic"), Object.entries(told.topics), "all");
  const query = new URLSearchParams({ person: grader() ? $("person").value : me.account, topic: $("topic").value, most: "20" });
  next = told.day ? await ask(`/api/drills/next?${query}`) : [];
  drawFigures(); drawNext(); drawMap(); await drawCover(); await drawHeld();
}

for (const id of ["person", "topic"]) $(id).addEventListener("change", tried(load));
$("by").addEventListener("change", drawMap);
for (const id of ["sure", "each"]) $(id).addEventListener("change", tried(drawCover));
$("held-more").addEventListener("toggle", tried(drawHeld));
$("duty").addEventListener("click", tried(openDuty));
me = await ask("/api/me");
$("duty").hidden = !any("quality_head");
$("cover-part").hidden = $("held-part").hidden = !overview();
live(["card", "duty", "practice", "profile", "procedure"], load, 8000);
