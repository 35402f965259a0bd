// The question bank: search, wording, owners, approval, procedures, tables in and out.
import { signForm } from "/static/shared.js";
import { $, area, ask, bring, choice, dialogOf, facts, field, form, history, inParts, input, live, make, openButton, options, order, percent, tag, time, toast, tried, withReason } from "/static/bench.js";

let me = { roles: [] }, words, people = {}, rows = [], procedures = [], topics = [];
const head = () => me.roles.includes("quality_head");
const writer = () => head() || me.roles.includes("subject_expert");
const stateOf = (one) => one.stale && one.state === "approved" ? tag("stale", "bad") : tag(one.state, { approved: "good", draft: "warn" }[one.state]);

function drawQuestions() {
  inParts($("questions"), ["#Rank", "Question", "Matter", "#Cited", "#Asked", "Owner", "State"], rows.map((one, i) => ({
    id: one.id, kind: one.state === "retired" ? "no" : "", cells: [String(i + 1), openButton(one.question, () => openQuestion(one)), one.topic, percent(one.chance), one.asked ? String(one.asked) : "", people[one.owner] ?? "", one.signed.length ? make("span", {}, stateOf(one), " ", tag("signed", "good")) : stateOf(one)],
  })), 40);
  const count = (test) => rows.filter(test).length;
  const parts = [[rows.length, "questions shown"], [count((one) => one.state === "approved" && !one.stale), "approved"], [count((one) => one.state === "draft"), "drafts"], [count((one) => one.stale && one.state === "approved"), "stale"], [count((one) => !one.owner), "without an owner"]];
  $("figures").replaceChildren(...parts.map(([value, words]) => make("li", {}, make("strong", {}, String(value)), words)));
}

function drawProcedures() {
  inParts($("procedures"), ["Procedure", "Title", "Version in force", "Since", "#Questions", "#Stale", "Change"], procedures.map((one) => ({
    id: one.id, cells: [one.name, one.title, one.fingerprint, time(one.changed_at), String(one.questions), one.stale ? tag(String(one.stale), "bad") : "0", changer() ? make("button", { type: "button", onclick: () => openProcedure(one) }, "It has changed") : ""],
  })));
}
const changer = () => head() || me.roles.includes("back_room");

function wording(one, work, fresh) {
  const said = (values) => ({ ...values, clauses: values.clauses, points: values.points.split("\n").filter((line) => line.trim()), difficulty: Number(values.difficulty) });
  return form((values) => work(said(values)), fresh ? "Add" : "Save as a new version", fresh ? field("Short key", input("id", { required: true, maxlength: 60, placeholder: "cleaning-20" })) : null,
    field("As an inspector would ask it", area("question", one.question, { required: true, maxlength: 4000 })), field("Answer points, three to six, one per line", area("points", (one.points ?? []).join("\n"), { required: true, rows: 5 })),
    field("What to show", area("evidence", one.evidence, { required: true, maxlength: 4000, rows: 2 })), field("Clauses, separated by semicolons", input("clauses", { value: (one.clauses ?? []).join("; "), required: true })),
    field("Matter", choice("topic", topics, one.topic)), field("Criterion of pre-approval inspections", choice("criterion", Object.entries(words.criteria).map(([key, means]) => [key, `${key} ${means}`]), one.criterion ?? "O1d")), field("Procedure it rests on", choice("procedure", [["", "none"], ...procedures.map((each) => [each.id, each.name])], one.procedure ?? "")),
    field("Difficulty, guessed (-4 to 4)", input("difficulty", { type: "number", step: "any", min: -4, max: 4, value: one.difficulty ?? 0 })), field("Language", input("language", { value: one.language ?? "en", maxlength: 12, required: true })));
}

async function openQuestion(one) {
  const mine = one.owner === me.account, path = `/api/bank/${encodeURIComponent(one.id)}`;
  const done = async () => { await load(); $("dialog").close(); };
  const place = make("div");
  const steps = [];
  const waiting = one.state === "draft" || (one.state === "approved" && one.stale);
  if (waiting && (head() || mine) && !(one.state === "draft" && one.revised_by === me.account)) steps.push(make("button", { type: "button", class: "main", onclick: tried(async () => { await order(`${path}/approve`, {}, one.version); await done(); }) }, one.stale ? "Approve again, still right" : "Approve"));
  if (head() || mine) steps.push(make("button", { type: "button", onclick: () => { place.replaceChildren(wording(one, async (values) => { await order(`${path}/revise`, values, one.version); await done(); })); place.querySelector("textarea").focus(); } }, "Change the wording"));
  if (head()) steps.push(withReason(one.state === "retired" ? "Bring back" : "Retire", async (reason) => { await order(`${path}/${one.state === "retired" ? "back" : "retire"}`, { reason }); await done(); }));
  if (one.state !== "retired") steps.push(make("button", { type: "button", onclick: () => signForm($("dialog"), "practice", one.id, one.version) }, "Sign"));
  const found = one.asked ? await ask(`${path}/live`) : { items: [] };
  const lines = found.items.map((each) => make("li", {}, make("p", { class: "asked" }, `${each.id}, ${each.inspection}: ${each.wording}`), make("p", {}, each.given || each.answer || "not answered yet"), make("p", { class: "hint" }, [each.state, each.answered_by, time(each.answered_at || each.released_at)].filter(Boolean).join(" · "))));
  const heard = one.asked ? [make("h3", {}, `Asked ${one.asked} × in inspections`), lines.length ? make("ul", {}, ...lines) : make("p", { class: "hint" }, "Those items are not for you to see.")] : [];
  const own = head() ? form(async ({ owner }) => { await order(`${path}/own`, { owner }); await done(); }, "Give", field("Owner", choice("owner", [["", "nobody yet"], ...Object.entries(people)], one.owner, { required: true }))) : null;
  dialogOf(one.id, make("p", { class: "asked" }, one.question), make("p", {}, stateOf(one)), make("h3", {}, "Answer points"), make("ol", {}, ...one.points.map((point) => make("li", {}, point))),
    facts([["Show", one.evidence], ["Matter", one.topic], ["Clauses", one.clauses.join(", ")], ["Criterion", `${one.criterion} ${words.criteria[one.criterion]}`], ["System", one.system], ["Cited", percent(one.chance)], ["Procedure", one.procedure && `${one.procedure}, answered against ${one.mark}`],
      ["Owner", people[one.owner]], ["Version", `${one.revision}${one.approved_by ? `, approved by ${people[one.approved_by] ?? one.approved_by}, ${time(one.approved_at)}` : ""}`]]),
    ...heard, make("p", { class: "hint" }, one.signed.map((each) => `signed as ${each.meaning} by ${each.name}, ${time(each.at)}`).join("; ")), make("div", { class: "steps" }, ...steps), place, own, await history("practice", one.id, people));
}

function openNew() { dialogOf("New question", wording({ topic: $("topic").value || topics[0]?.[0] }, async (values) => { const made = await order("/api/bank", values); await load(); $("dialog").close(); toast(`${made.id} added as a draft`); }, true)); }

function openBring() {
  const found = make("p", { class: "messages", role: "alert" });
  const report = (done) => { $("dialog").close(); toast(`${done.new.length} new, ${done.changed.length} changed, ${done.same} the same`); };
  const save = async (values) => { found.textContent = ""; try { report(await bring("/api/bank/import", { file: values.file, approved: String(values.approved === "on") })); await load(); } catch (error) { found.textContent = error.message; } };
  const adopt = make("button", { type: "button", onclick: tried(async () => { report(await order("/api/bank/adopt", {})); await load(); }) }, "Take the shipped questions, approved by me");
  dialogOf("Bring questions", make("p", { class: "hint" }, "A table with the columns of the saved one. All of it is taken, or nothing."), form(save, "Bring", field("Table, .csv or .xlsx", input("file", { type: "file", required: true, accept: ".csv,.xlsx" })), field("I approve them by bringing them", input("approved", { type: "checkbox" }))), found, adopt);
}

function openProcedure(one) {
  dialogOf(one ? `${one.name} has changed` : "A procedure in force", form(async (values) => { await order("/api/procedures", values); await load(); $("dialog").close(); }, "Save", field("Name or number", input("name", { value: one?.name ?? "", required: true, maxlength: 80, readonly: Boolean(one) })),
    field("Title", input("title", { value: one?.title ?? "", maxlength: 120 })), field("Version now in force, or its hash", input("fingerprint", { required: true, maxlength: 64 }))), one ? make("p", { class: "hint" }, `${one.questions} questions rest on it; each will be stale until it is approved again.`) : null);
}

async function load() {
  const query = new URLSearchParams(Object.fromEntries(["topic", "system", "state", "owner", "search"].map((id) => [id, $(id).value])));
  let told;
  [people, rows, procedures, told] = await Promise.all([ask("/api/people"), ask(`/api/bank?${query}`), ask("/api/procedures"), topics.length ? null : ask("/api/standards")]);
  if (told) {
    topics = [...new Map(told.clauses.filter((one) => one.assessable).map((one) => [one.topic, one.topic_title])).entries()].sort((a, b) => a[1].localeCompare(b[1]));
    options($("topic"), topics, "all");
  }
  options($("owner"), Object.entries(people), "everyone");
  drawQuestions(); drawProcedures();
}

options($("state"), ["approved", "draft", "stale", "retired"].map((name) => [name, name]), "any");
for (const id of ["topic", "system", "state", "owner"]) $(id).addEventListener("change", tried(load));
let typing;
$("search").addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(tried(load), 250); });
$("new").addEventListener("click", openNew);
$("bring").addEventListener("click", openBring);
$("procedure").addEventListener("click", () => openProcedure());
[me, words] = await Promise.all([ask("/api/me"), ask("/api/words")]);
options($("system"), words.systems.map((name) => [name, name]), "all");
$("new").hidden = !writer();
$("bring").hidden = !head();
$("procedure").hidden = !changer();
live(["practice", "procedure", "profile", "signature"], load);
