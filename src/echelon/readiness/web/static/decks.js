// Decks: one page per topic, written by who answers for it, saved as slides.
import { $, area, ask, choice, dialogOf, facts, field, form, history, inParts, input, live, make, openButton, order, tag } from "/static/bench.js";

let me = { roles: [] }, people = {}, pages = [], duties = {};

function draw() {
  const words = $("search").value.trim().toLowerCase();
  inParts($("decks"), ["Topic", "What we say", "#Questions", "Owner", "Stands in", "Page", "Slides"], pages.filter((one) => `${one.title} ${one.topic}`.toLowerCase().includes(words)).map((one) => ({
    id: one.topic, cells: [openButton(one.title, () => openPage(one)), one.claim, String(one.questions), people[one.owner] ?? "", people[one.backup] ?? "", one.stale ? tag(`${one.stale} stale`, "bad") : one.claim ? tag("written", "good") : tag("not written", "warn"),
      make("a", { href: `/api/deck.pptx?topics=${encodeURIComponent(one.topic)}`, download: "", "aria-label": `Slides on ${one.title}` }, ".pptx")],
  })), 80);
}

async function openPage(one) {
  const mine = me.roles.includes("quality_head") || one.owner === me.account || (duties[me.account] ?? []).includes(one.topic);
  const persons = [["", "nobody yet"], ...Object.entries(people)];
  const save = async (values) => { await order(`/api/decks/${encodeURIComponent(one.topic)}`, { ...values, facts: values.facts.split("\n").filter((line) => line.trim()) }, one.version); await load(); $("dialog").close(); };
  const edit = mine ? form(save, "Save the page", field("What we say, in one sentence", input("claim", { value: one.claim, maxlength: 260 })), field("Up to five facts, one per line; blank: the likeliest questions with their points", area("facts", one.facts.join("\n"), { rows: 5 })),
    field("Known weakness", input("weakness", { value: one.weakness, maxlength: 260 })), field("Honest answer on it", input("answer", { value: one.answer, maxlength: 260 })), field("Answers", choice("owner", persons, one.owner)), field("Stands in", choice("backup", persons, one.backup))) : null;
  dialogOf(one.title, make("p", { class: "asked" }, one.claim || "What we say is not written yet."), make("ul", {}, ...(one.facts.length ? one.facts : one.points).map((fact) => make("li", {}, fact))),
    facts([["Show", one.evidence.join("; ")], ["Known weakness", one.weakness], ["Honest answer", one.answer], ["Answers", people[one.owner]], ["Stands in", people[one.backup]], ["Procedures", one.procedures.join("; ")]]),
    edit, one.version ? await history("deck", one.topic, people) : null);
}

async function load() {
  [people, pages, duties] = await Promise.all([ask("/api/people"), ask("/api/decks"), ask("/api/drills/duties")]);
  draw();
}

$("search").addEventListener("input", draw);
me = await ask("/api/me");
live(["deck", "practice", "procedure"], load);
