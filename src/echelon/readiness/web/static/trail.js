// The trail: looked through by person, record, day and kind of order, and marked as reviewed.
import { $, options, tag, tried } from "/static/bench.js";
import { ask, follow, inspectionOptions, make, order, signForm, toast } from "/static/shared.js";

const HEADINGS = ["", "Entry", "When (UTC)", "Who", "Order", "Record", "Old → new", "Reviewed"];
const look = $("look"), mark = $("mark");
let people = {}, after = 0, entries = [], news = 0;

const plain = (text) => String(text).replaceAll("_", " ");
const when = (text) => text.slice(0, 19).replace("T", " ");
const who = (account) => people[account] ?? (account === "machine" ? "this machine" : account);

function value(one) {
  if (one == null || one === "") return "blank";
  const words = typeof one === "object" ? JSON.stringify(one) : people[one] ?? (/^[0-9a-f]{64}$/.test(one) ? `${one.slice(0, 12)} …` : String(one));
  return words.length > 300 ? `${words.slice(0, 300)} …` : words;
}

function changes(one) {
  if (one.version === 1) return [make("span", { class: "hint" }, "made")];
  return Object.entries(one.change).map(([name, pair]) => make("div", {}, `${plain(name)}: ${Array.isArray(pair) && pair.length === 2 && one.version ? `${value(pair[0])} → ${value(pair[1])}` : value(pair)}`));
}

function row(one) {
  const late = one.happened !== one.at ? make("div", { class: "hint" }, `happened ${when(one.happened)}`) : null;
  const free = !one.reviewed && !one.own;
  const box = free ? make("input", { type: "checkbox", value: one.seq, "aria-label": `Choose entry ${one.seq}` }) : null;
  const cells = [[box], [String(one.seq)], [when(one.at), late], [`${who(one.actor)}${one.role ? `, ${plain(one.role)}` : ""}`],
    [make("span", {}, plain(one.action)), one.reason ? make("div", { class: "hint" }, `because ${one.reason}`) : null], [`${plain(one.kind)} ${people[one.id] ?? one.id}${one.version ? `, version ${one.version}` : ""}`],
    changes(one), [one.reviewed ? tag(one.reviewed, "good") : one.own ? tag("your own") : tag("not yet", "warn")]];
  return make("tr", { "data-id": one.seq }, ...cells.map((parts, i) => make("td", { "data-label": HEADINGS[i] }, make("div", {}, ...parts))));
}

function draw(more) {
  const head = make("thead", {}, make("tr", {}, ...HEADINGS.map((name) => make("th", { scope: "col" }, name))));
  $("entries").replaceChildren(make("table", { class: "rows" }, head, make("tbody", {}, ...entries.map(row))));
  $("more").hidden = !more;
  $("found").textContent = entries.length ? `${entries.length}${more ? " or more" : ""} entries` : "Nothing in the trail fits.";
}

async function load(event, further = false) {
  event?.preventDefault();
  const data = new FormData(look), wanted = new URLSearchParams();
  for (const name of ["who", "record", "order", "first", "last"]) if (data.get(name)) wanted.set(name, data.get(name).trim());
  if (data.get("unreviewed")) wanted.set("unreviewed", "true");
  after = further ? entries.at(-1)?.seq ?? 0 : 0;
  wanted.set("after", after);
  const found = await ask(`/api/review?${wanted}`);
  entries = found.entries;
  news = 0;
  if (!after) options(look.elements.order, found.orders.map((one) => [one, plain(one)]), "any");
  draw(found.more);
}

async function loadReviews() {
  const found = await ask("/api/reviews");
  $("reviews").replaceChildren(found.length ? make("ul", { class: "released" }, ...found.reverse().map(({ id, version, record: one }) => make("li", { "data-id": id },
    make("strong", {}, `${id}: ${one.count} entries by ${who(one.reviewer)}`), make("p", { class: "hint" }, one.entries.map(([a, b]) => a === b ? a : `${a} to ${b}`).join(", ")), make("p", {}, one.remarks),
    make("button", { type: "button", onclick: () => signForm($("sign"), "review", id, version) }, "Sign")))) : make("p", { class: "hint" }, "None yet."));
}

look.addEventListener("submit", tried(load));
$("more").addEventListener("click", tried((event) => load(event, true)));
$("all").addEventListener("click", () => { for (const one of $("entries").querySelectorAll("[type=checkbox]")) one.checked = true; });
mark.addEventListener("submit", tried(async () => {
  const chosen = [...$("entries").querySelectorAll(":checked")].map((one) => Number(one.value));
  if (!chosen.length) throw new Error("choose the entries that you reviewed");
  const made = await order("/api/review", { entries: chosen, remarks: mark.elements.remarks.value });
  mark.elements.remarks.value = "";
  toast(`${made.id}: ${chosen.length} entries marked as reviewed`);
  await Promise.all([load(), loadReviews()]);
}));

async function begin() {
  try {
    const [names, inspections, items] = await Promise.all([ask("/api/people"), ask("/api/inspections"), ask("/api/items?search=-")]);
    people = names;
    options(look.elements.who, [["machine", "this machine"], ...Object.entries(people)], "everyone");
    inspectionOptions($("inspection"), inspections);
    await Promise.all([load(), loadReviews()]);
    const record = (event) => {
      if (event.kind === "review") { loadReviews(); return; }
      news += 1;
      $("found").textContent = `${entries.length} entries; ${news} newer, press Look to see them`;
    };
    follow(items.cursor, { record, reset: begin });
  } catch (error) { toast(error.message); setTimeout(begin, 3000); }
}
begin();
