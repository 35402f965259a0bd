// Translation: words by state, when all is finished, what comes first, and every document.
import { $, ask, bring, dialogOf, field, form, inParts, input, live, make, openButton, options, tag, toast } from "/static/bench.js";
import { bars, begin, day, finishing, number, open, shares } from "/static/work.js";

const KINDS = ["final", "reviewed", "translated", "draft", "new"];
const STATES = ["waiting", "under-way", "translated", "reviewed", "final"];
let me, people = {}, documents = [], look = null;
const may = (...roles) => roles.some((one) => me.roles.includes(one));
const done = (one) => one.counts.translated + one.counts.reviewed + one.counts.final;
const minutes = (value) => value < 90 ? `${value} min` : value < 48 * 60 ? `${Math.round(value / 60)} h` : `${Math.round(value / 60 / 8)} working days`;

function drawFigures() {
  const pairs = Object.entries(look.pairs), total = Math.max(1, look.words);
  const count = (...kinds) => pairs.reduce((sum, [, row]) => sum + kinds.reduce((part, kind) => part + row[kind], 0), 0);
  const figure = (value, words) => make("li", {}, make("strong", {}, value), words);
  $("figures").replaceChildren(figure(number(look.words), "words"), figure(number(look.documents), "documents"), figure(`${Math.floor(100 * count("translated", "reviewed", "final") / total)} %`, "translated"), figure(`${Math.floor(100 * count("reviewed", "final") / total)} %`, "reviewed"),
    look.days_left == null ? "" : figure(number(look.days_left), "working days until the inspection"));
  const first = look.prospects[0];
  const when = look.prospects.map((one) => `${one.name} (${number(one.words_a_day)} words a day) by ${day(one.low)} to ${day(one.high)}`).join("; ");
  const part = look.part;
  $("said").textContent = !first ? "Nobody has set the team and the day yet, so nothing is said of when translation is finished." :
    `All is translated ${when}, each range with a chance of ${Math.round(100 * first.level)} %.` + (part ? ` If the riskiest come first, ${Math.round(100 * part.low)} to ${Math.round(100 * part.high)} % of what will be asked for is translated on the day.` : "");
  shares($("states"), pairs.map(([label, counts]) => ({ label, counts })), KINDS);
  $("finish-part").hidden = !first;
  if (first) {
    const deadline = look.team.deadline, at = (one) => Math.round(100 * (one.by.find(([when_]) => when_ === deadline)?.[1] ?? 0));
    $("prospects").replaceChildren(...look.prospects.map((one, i) => make("li", {}, make("i", { class: i ? "seen" : "planned" }), `${one.name}: ${at(one)} % by the inspection on ${day(deadline)}`)));
    finishing($("finish"), look.prospects.map((one, i) => ({ name: one.name, kind: i ? "seen" : "planned", points: one.by })), deadline);
  }
  bars($("daily"), look.daily, "words a day");
}

function drawDocuments() {
  const search = $("search").value.trim().toLowerCase();
  const plan = (id) => look.choices[id];
  const when = (one) => !plan(one.id) ? "done" : plan(one.id).before ? "before" : "on demand";
  const wanted = documents.filter((one) => { const body = one.record; return (!$("state").value || body.state === $("state").value) && (!$("pair").value || `${body.source} → ${body.target}` === $("pair").value)
    && (!$("owner").value || body.owner === $("owner").value) && (!$("when").value || when(one) === $("when").value) && (!search || `${one.id} ${body.title} ${body.topic}`.toLowerCase().includes(search)); });
  const rank = new Map(Object.keys(look.choices).map((id, i) => [id, i]));
  wanted.sort((a, b) => (rank.get(a.id) ?? 1e9) - (rank.get(b.id) ?? 1e9) || b.record.words - a.record.words);
  inParts($("documents"), ["document", "pair", "state", "#words", "#translated", "#asked for", "plan", "on demand takes", "owner", "due"], wanted.map((one) => { const body = one.record, chosen = plan(one.id); return { id: one.id, cells: [
    openButton(`${one.id} ${body.title}`, () => show(one)), `${body.source} → ${body.target}`, tag(body.state.replace("-", " "), ["reviewed", "final"].includes(body.state) ? "good" : body.state === "waiting" ? "warn" : ""),
    number(body.words), `${Math.floor(100 * done(body) / body.words)} %`, `${body.asked} %`, chosen ? tag(when(one), chosen.before ? "" : "warn") : "", chosen ? minutes(chosen.minutes) : "", people[body.owner] ?? "", day(body.due),
  ] }; }));
}

async function show(one) {
  const body = one.record;
  await open(one, {
    title: `${one.id} ${body.title}`, path: "/api/translations", people, then: load,
    choices: { owner: Object.entries(people) }, values: { ...body, translated: done(body), reviewed: body.counts.reviewed + body.counts.final, document: "", draft: "" },
    rows: [["State", body.state], ["From, to", `${body.source} → ${body.target}`], ["Words", number(body.words)], ...KINDS.map((kind) => [kind === "new" ? "Not begun" : kind, number(body.counts[kind])]), ["Asked for", `${body.asked} %`], ["Cost of being late", body.cost], ["Reuse", `${body.reuse} %`],
      ["Topic", body.topic], ["Owner", people[body.owner]], ["Due", day(body.due)], ["Translated by", people[body.translated_by]], ["Reviewed by", people[body.reviewed_by]],
      ["File", body.file && make("a", { href: `/api/documents/${body.file}/content` }, body.file)], ["Translation", body.document && make("a", { href: `/api/documents/${body.document}/content` }, body.document)]],
  });
}

async function load() {
  me ??= await ask("/api/me");
  [people, documents, look] = await Promise.all([ask("/api/people"), ask("/api/translations"), ask("/api/translations/outlook")]);
  $("new").hidden = $("bring").hidden = !may("quality_head", "back_room", "translator");
  $("team").hidden = !may("quality_head", "back_room");
  options($("state"), STATES.map((one) => [one, one.replace("-", " ")]), "any");
  options($("pair"), Object.keys(look.pairs).map((one) => [one, one]), "any");
  options($("when"), [["before", "before the inspection"], ["on demand", "on demand"], ["done", "done"]], "any");
  options($("owner"), [...new Set(documents.map((one) => one.record.owner))].filter(Boolean).map((id) => [id, people[id] ?? id]).sort((a, b) => a[1].localeCompare(b[1])), "anyone");
  drawFigures(); drawDocuments();
}

$("new").addEventListener("click", () => begin("New document", "/api/translations", "Enter", [
  ["title", "Title", input("", { required: true, maxlength: 120 })], ["source", "From", input("", { required: true, value: "zh", maxlength: 12 })], ["target", "To", input("", { required: true, value: "en", maxlength: 12 })],
  ["words", "Words", input("", { type: "number", min: 1, required: true })], ["asked", "Chance that it is asked for, %", input("", { type: "number", min: 0, max: 100, value: 20, required: true })],
  ["cost", "How bad to be late, 1 to 100", input("", { type: "number", min: 1, max: 100, value: 1, required: true })], ["reuse", "With a draft or a match, %", input("", { type: "number", min: 0, max: 100, value: 0, required: true })], ["topic", "Topic", input("", { maxlength: 120 })],
], load));
$("team").addEventListener("click", () => { const team = look.team ?? {}; begin("Team and day", "/api/team", "Save", [
  ["translators", "Translators", input("", { type: "number", min: 1, required: true, value: team.translators ?? "" })], ["words_a_day", "Words a day each", input("", { type: "number", min: 100, required: true, value: team.words_a_day ?? 2500 })],
  ["deadline", "First day of the inspection", input("", { type: "date", required: true, value: team.deadline ?? "" })], ["at_once", "Translators at once on what is asked for", input("", { type: "number", min: 1, required: true, value: team.at_once ?? 2 })],
  ["minutes", "Minutes from request to hand-over", input("", { type: "number", min: 1, required: true, value: team.minutes ?? 30 })],
], load); });
$("bring").addEventListener("click", () => {
  const file = input("file", { type: "file", required: true, accept: ".xlf,.xliff,.tmx,.xml" });
  dialogOf("Bring XLIFF or TMX", make("p", {}, "An XLIFF file becomes documents with their words by state, or the next version of those of its name; a TMX file becomes a memory that shortens work. 25 MB at most."),
    form(async (values) => { const made = await bring("/api/translations/files", { file: file.files[0], name: file.files[0].name.slice(0, 120), asked: values.asked, cost: values.cost }); await load(); $("dialog").close(); toast(`${made.map((one) => one.id).join(", ")} taken in`); }, "Bring",
      field("File", file), field("Chance that it is asked for, %", input("asked", { type: "number", min: 0, max: 100, value: 20 })), field("How bad to be late, 1 to 100", input("cost", { type: "number", min: 1, max: 100, value: 1 }))));
});
for (const id of ["search", "state", "pair", "when", "owner"]) $(id).addEventListener("input", drawDocuments);
live(["translation", "team", "memory"], load);
