// A mock auditor's own log: what is logged here nobody but the quality head sees until the round is closed.
import { $, ask, inParts, make, openButton, options, order, tag, time, toast, tried } from "/static/bench.js";
import { follow } from "/static/shared.js";
import { open } from "/static/work.js";

let rounds = [];

async function load() {
  const [found, all] = await Promise.all([ask("/api/findings"), ask("/api/rounds")]);
  rounds = all;
  const open_ = rounds.filter((one) => one.record.state === "open");
  const written = $("log").elements.wording.value.trim();
  $("logging").hidden = !open_.length && !written;
  if (!open_.length && written) $("logged").textContent = "The round was closed; what you wrote here is not logged.";
  options($("log").elements.round, open_.map((one) => [one.id, `${one.id} ${one.record.name}`]));
  const mine = (one) => "auditor" in one.record;
  inParts($("findings"), ["finding", "class", "system", "what was found", "state", "logged"], found.slice().reverse().map((one) => ({ id: one.id, cells: [
    mine(one) ? openButton(one.id, () => show(one)) : one.id, tag(one.record.grade, one.record.grade === "critical" ? "bad" : ""), one.record.system, one.record.wording, one.record.state, time(one.record.at),
  ] })));
  $("rounds").textContent = open_.length ? `Open: ${open_.map((one) => one.record.name).join(", ")}.` : "No round is open.";
}

async function show(one) {
  const body = one.record, isOpen = rounds.some((each) => each.id === body.round && each.record.state === "open");
  await open({ ...one, steps: isOpen ? one.steps : [] }, {
    title: one.id, path: "/api/findings", then: load, values: { wording: body.wording, grade: body.grade, system: body.system, clause: body.clause, evidence: body.evidence },
    rows: [["Found", body.wording], ["Class", body.grade], ["System", body.system], ["Clause", body.clause], ["Seen", body.evidence], ["State", body.state]],
    parts: isOpen ? [] : [make("p", { class: "hint" }, "The round is closed; what was logged stays as it was.")],
  });
}

$("log").addEventListener("submit", tried(async (event) => {
  const form = event.target, made = await order("/api/findings", Object.fromEntries(new FormData(form)));
  for (const name of ["wording", "clause", "evidence"]) form.elements[name].value = "";
  $("logged").textContent = `${made.id} is logged`;
  form.elements.wording.focus();
  await load();
}));
let waiting = false;
function nudged() {
  if (waiting) return;
  waiting = true;
  setTimeout(() => { waiting = false; load().catch((error) => toast(error.message)); }, 300);
}

async function begin() {
  try {
    const { cursor } = await ask("/api/items");
    await load();
    follow(cursor, { record: () => {}, reset: begin, nudged });
  } catch (error) { toast(error.message); setTimeout(begin, 3000); }
}
begin();
