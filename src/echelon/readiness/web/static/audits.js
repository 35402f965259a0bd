// Mock audits: what is unseen as ranges, rounds, findings to be matched, gaps and their repairs.
import { $, ask, choice, dialogOf, facts, field, form, inParts, input, live, make, openButton, options, order, table, tag, time, toast, tried } from "/static/bench.js";
import { signForm } from "/static/shared.js";
import { begin, day, number, open, range, ranges } from "/static/work.js";

const GRADES = ["critical", "major", "other"];
const STATES = ["open", "planned", "repaired", "closed", "void"];
let me, people = {}, auditors = [], inspections = [], rounds = [], gaps = [], findings = [], standing = null;
const may = (role) => me.roles.includes(role);
const runs = () => ["quality_head", "front_room", "back_room", "scribe"].some(may);
const late = (one) => one.due && ["open", "planned"].includes(one.state) && one.due < new Date().toISOString().slice(0, 10);

function drawUnseen() {
  $("unseen").hidden = !standing;
  if (!standing) return;
  const { unseen: found, next, worth } = standing;
  $("next").textContent = "";
  for (const id of ["ranges", "level"]) $(id).hidden = !found;
  if (!found) { $("said").textContent = `No answer yet: ${standing.why_not}.`; $("notes").replaceChildren(); return; }
  $("said").textContent = `${found.seen} gaps were found; ${range(found.range)} more are there and nobody has seen them yet.`;
  const row = (label, one, strong) => ({ label, ...one, words: range(one), strong, kind: strong ? "wide" : "" });
  ranges($("ranges"), [row("all", found.range, true), ...Object.entries(found.by).map(([name, one]) => row(name, one))], { title: "Unseen gaps", axis: "gaps that nobody has seen" });
  $("level").textContent = `Each range holds the truth with a chance of ${Math.round(100 * found.range.level)} % or a little more, as measured on simulated audits; ranges of classes and systems do not add up. From first detections of ${standing.rounds.length} rounds, so repairs between them do no harm.`;
  $("notes").replaceChildren(...found.notes.map((one) => make("li", {}, one)));
  const share = (one) => `${(100 * one.low).toFixed(1)} to ${(100 * one.high).toFixed(1)} %`, months = (value) => value < 0.095 ? value.toFixed(2) : value.toFixed(1);
  $("next").textContent = `It would probably find ${range(next.finds)} new gaps and leave ${range(next.leaves)}. With them repaired the chance of official action goes from ${share(worth.before)} to ${share(worth.after)}, which avoids ${months(worth.months.low)} to ${months(worth.months.high)} months of delay.`;
}

function drawRounds() {
  const of = new Map((standing?.rounds ?? []).map((one) => [one.id, one]));
  const rows = rounds.map((one) => {
    const body = one.record, known = of.get(one.id);
    return { id: one.id, cells: [
      openButton(`${one.id} ${body.name}`, () => openRound(one)), body.mode, day(body.first_day), tag(body.state, body.state === "open" ? "warn" : ""),
      String(body.auditors.length), known ? number(known.findings) : "", known ? number(known.gaps) : "", known ? number(known.new) : "",
      known ? known.unseen ? range(known.unseen) : known.why_not : body.state === "open" ? "its auditors still look" : "",
    ] };
  });
  $("rounds").replaceChildren(rows.length ? table(["round", "how", "first day", "state", "#auditors", "#findings", "#gaps", "#new gaps", "unseen then, by its auditors alone"], rows) : make("p", { class: "hint" }, "No round yet."));
}

// A round or a gap is signed as it was read; who signed before is told.
async function signing(one) {
  const signed = await ask(`/api/records/${one.kind}/${one.id}/signatures`);
  return make("div", {}, make("p", { class: "hint" }, signed.map((each) => `${each.meaning} by ${each.name}, ${time(each.at)}, version ${each.version}${each.holds ? "" : " (changed since)"}`).join("; ")),
    make("button", { type: "button", onclick: () => { $("dialog").close(); signForm($("sign"), one.kind, one.id, one.version); } }, "Sign"));
}

async function openRound(one) {
  const body = one.record;
  const known = standing?.rounds.find((each) => each.id === one.id);
  const usual = known ? Object.values(known.methods).filter((value) => value != null) : [];
  await open(one, {
    title: `${one.id} ${body.name}`, path: "/api/rounds", people, then: load, parts: [await signing(one)],
    choices: { auditor: auditors.filter((each) => each.inspection === body.inspection).map((each) => [each.id, each.name]) },
    rows: [["Inspection", body.inspection], ["How", body.mode], ["Scope", body.scope], ["Auditors", body.auditors.map((id, i) => `${String.fromCharCode(65 + i)} ${people[id] ?? id}`).join(", ")],
      ["Planted errors", body.planted ? `${body.planted_found} of ${body.planted} found` : ""], ["Repaired meanwhile", body.state === "closed" ? body.repaired ? "yes" : "no" : ""],
      ["Unseen then", known?.unseen ? range(known.unseen) : known?.why_not], ["Usual estimators", usual.length ? `between ${Math.min(...usual)} and ${Math.max(...usual)}, each alone too narrow a view` : ""], ["Notes", known?.notes.join("; ")]],
  });
}

function drawFindings() {
  const matched = new Set(gaps.flatMap((one) => one.record.findings.map((hit) => hit.finding)));
  const closed = new Set(rounds.filter((one) => one.record.state === "closed").map((one) => one.id));
  const left = findings.filter((one) => one.record.state === "logged" && !matched.has(one.id));
  $("match").hidden = !may("quality_head");
  if ($("match").hidden) return;
  inParts($("findings"), ["finding", "class", "system", "what was found", ""], left.map((one) => ({ id: one.id, cells: [
    one.id, tag(one.record.grade, one.record.grade === "critical" ? "bad" : ""), one.record.system, one.record.wording,
    closed.has(one.record.round) ? openButton("Match", () => openMatch(one)) : "its round is open",
  ] })));
}

// Known gaps that share most words come first.
function likely(finding) {
  const bag = (text) => new Set(text.toLowerCase().match(/[\p{L}\p{N}-]{3,}/gu) ?? []);
  const mine = bag(finding.wording);
  const share = (one) => { const words = bag(`${one.title} ${one.findings.map((hit) => hit.wording).join(" ")}`); return [...mine].filter((word) => words.has(word)).length / Math.max(1, mine.size) + (one.system === finding.system ? 0.2 : 0); };
  return gaps.filter((one) => one.record.state !== "void").map((one) => [share(one.record), one]).sort((a, b) => b[0] - a[0]).map(([, one]) => one);
}

async function openMatch(one) {
  const body = one.record;
  const known = choice("gap", [["", "a new gap"], ...likely(body).map((each) => [each.id, `${each.id} ${each.record.title}`])]);
  const dismiss = one.steps.find((step) => step.name === "dismiss");
  const match = form(async (values) => {
    const made = await order(`/api/findings/${one.id}/match`, values);
    // The list first, so that the next finding can be matched to a gap that was just made.
    await load(); $("dialog").close(); toast(`${one.id} shows ${made.id}`);
  }, "Match", field("It shows", known), field("Title of a new gap", input("title", { maxlength: 120, placeholder: "blank takes the finding's words" })));
  const no = dismiss && form(async (values) => { await order(`/api/findings/${one.id}/dismiss`, values); await load(); $("dialog").close(); toast(`${one.id} dismissed`); }, "Not a gap", field("Why", input("reason", { required: true, maxlength: 4000 })));
  dialogOf(one.id, facts([["Found", body.wording], ["Class", body.grade], ["System", body.system], ["Clause", body.clause], ["Seen", body.evidence], ["Auditor", body.letter]]), match, no);
  known.focus();
}

function drawGaps() {
  const search = $("search").value.trim().toLowerCase();
  const wanted = gaps.filter(({ id, record: one }) => (!$("state").value || one.state === $("state").value) && (!$("grade").value || one.grade === $("grade").value)
    && (!$("system").value || one.system === $("system").value) && (!$("owner").value || one.owner === $("owner").value)
    && (!search || `${id} ${one.title} ${one.clause} ${one.cause} ${one.findings.map((hit) => hit.wording).join(" ")}`.toLowerCase().includes(search)));
  const unrepaired = gaps.filter(({ record: one }) => ["open", "planned", "repaired"].includes(one.state));
  const figure = (count, words) => make("li", {}, make("strong", {}, String(count)), words);
  $("figures").replaceChildren(figure(gaps.filter((one) => one.record.state !== "void").length, "gaps"), ...GRADES.map((name) => figure(unrepaired.filter((one) => one.record.grade === name).length, `${name}, not closed`)), figure(unrepaired.filter((one) => late(one.record)).length, "overdue"));
  wanted.sort((a, b) => STATES.indexOf(a.record.state) - STATES.indexOf(b.record.state) || GRADES.indexOf(a.record.grade) - GRADES.indexOf(b.record.grade) || a.record.due.localeCompare(b.record.due));
  inParts($("gaps"), ["gap", "class", "system", "#findings", "state", "owner", "due"], wanted.map((one) => { const body = one.record; return { id: one.id, cells: [
    openButton(`${one.id} ${body.title}`, () => openGap(one)), tag(body.grade, body.grade === "critical" ? "bad" : body.grade === "major" ? "warn" : ""), body.system, String(body.findings.length),
    tag(body.state, body.state === "closed" ? "good" : ""), people[body.owner] ?? "", late(body) ? tag(`${day(body.due)}, late`, "bad") : day(body.due),
  ] }; }));
}

async function openGap(one) {
  const body = one.record;
  const list = make("ul", {}, ...body.findings.map((hit) => make("li", {}, `${hit.finding} (${hit.grade}): ${hit.wording}`)));
  await open(one, {
    title: `${one.id} ${body.title}`, path: "/api/gaps", people, then: load, parts: [make("h3", {}, "Found as"), list, await signing(one)],
    choices: { owner: Object.entries(people), finding: body.findings.map((hit) => [hit.finding, hit.finding]) },
    values: { cause: body.cause, action: body.action, owner: body.owner, due: body.due, on: new Date().toISOString().slice(0, 10) },
    rows: [["State", body.state + (body.returns ? `, came back ${body.returns} times` : "")], ["Class", body.grade], ["System", body.system], ["Clause", body.clause], ["Cause", body.cause], ["Action", body.action],
      ["Owner", people[body.owner]], ["Due", day(body.due)], ["Proof", body.proof], ["Repaired", body.repaired_on && `${day(body.repaired_on)} by ${people[body.repaired_by] ?? ""}`], ["Recheck", body.recheck && `${body.recheck} (${people[body.rechecked_by] ?? ""}, ${time(body.rechecked_at)})`]],
  });
}

async function readUnseen() {
  standing = runs() ? await ask(`/api/unseen?auditors=${Number($("auditors").value) || 4}&inspectors=${Number($("inspectors").value) || 2}`) : null;
}

async function load() {
  me ??= await ask("/api/me");
  const head = may("quality_head");
  const accounts = head ? ask("/api/accounts") : [];
  let all;
  [people, rounds, gaps, findings, inspections, all] = await Promise.all([ask("/api/people"), ask("/api/rounds"), ask("/api/gaps"), head ? ask("/api/findings") : [], ask("/api/inspections"), accounts, readUnseen()]);
  auditors = all.filter((one) => one.roles.includes("mock_auditor") && !one.disabled);
  $("new").hidden = !head;
  options($("state"), STATES.map((one) => [one, one]), "any");
  options($("grade"), GRADES.map((one) => [one, one]), "any");
  options($("system"), [...new Set(gaps.map((one) => one.record.system))].sort().map((one) => [one, one]), "any");
  options($("owner"), [...new Set(gaps.map((one) => one.record.owner))].filter(Boolean).map((id) => [id, people[id] ?? id]).sort((a, b) => a[1].localeCompare(b[1])), "anyone");
  drawUnseen(); drawRounds(); drawFindings(); drawGaps();
}

$("new").addEventListener("click", () => begin("New round", "/api/rounds", "Enter", [
  ["inspection", "Mock inspection", choice("", [["", "choose"], ...inspections.filter((one) => one.mock && one.state === "open").map((one) => [one.id, one.name])], "", { required: true })],
  ["name", "Name", input("", { required: true, maxlength: 120 })], ["mode", "How", choice("", [["on-site", "on site"], ["remote", "remote"]], "on-site")],
  ["first_day", "First day", input("", { type: "date", required: true })], ["scope", "What is looked at", input("", { maxlength: 4000 })],
  ["planted", "Known errors planted in records", input("", { type: "number", min: 0, value: 0, required: true })],
], load));
for (const id of ["search", "state", "grade", "system", "owner"]) $(id).addEventListener("input", drawGaps);
for (const id of ["auditors", "inspectors"]) $(id).addEventListener("change", tried(async () => { await readUnseen(); drawUnseen(); }));
live(["round", "gap", "finding"], load);
