// What an inspector sees: released items, as they are released.
import { ask, follow, make, order, time, toast } from "/static/shared.js";

const items = new Map();

function draw() {
  const all = [...items.values()].sort((a, b) => b.released_at.localeCompare(a.released_at));
  document.getElementById("none").hidden = all.length > 0;
  document.getElementById("released").replaceChildren(...all.map((one) => make("li", { "data-id": one.id },
    make("strong", {}, `${one.id}: ${one.wording}`), make("p", {}, one.answer),
    ...one.documents.map((doc) => make("p", {}, make("a", { href: `/api/documents/${doc.id}/content` }, doc.name))),
    make("p", { class: "hint" }, `released ${time(one.released_at)}`))));
}

async function begin() {
  try {
    const found = await ask("/api/items");
    items.clear();
    for (const one of found.items) items.set(one.id, one.record);
    draw();
    follow(found.cursor, { record: (event) => { items.set(event.id, event.record); draw(); }, reset: begin });
  } catch (error) { toast(error.message); setTimeout(begin, 3000); }
}

const form = document.getElementById("ask");
form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const me = await ask("/api/me");
    const made = await order("/api/requests", { inspection: me.inspection, wording: form.elements.wording.value, inspector: me.name });
    form.reset();
    document.getElementById("asked").textContent = `${made.id} was taken down`;
  } catch (error) { toast(error.message); }
});
begin();
