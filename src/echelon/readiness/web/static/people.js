// People: who is here, and, for a quality head, new accounts.
import { ask, make, order, toast } from "/static/shared.js";

const rows = document.querySelector("#people tbody");

async function load() {
  let found;
  try { found = await ask("/api/accounts"); } catch { found = Object.values(await ask("/api/people")).map((name) => ({ name, username: "", roles: [], disabled: false })); }
  rows.replaceChildren(...found.map((one) => make("tr", {}, make("td", {}, one.name), make("td", {}, one.username),
    make("td", {}, one.roles.map((role) => role.replaceAll("_", " ")).join(", ")), make("td", {}, one.disabled ? "shut" : "active"))));
  document.getElementById("live").textContent = `${found.length} people`;
}

const form = document.getElementById("account");
form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const data = new FormData(form);
  const order_ = Object.fromEntries(["username", "name", "password", "inspection"].map((name) => [name, data.get(name)]));
  try {
    const made = await order("/api/accounts", { ...order_, roles: data.getAll("roles") });
    form.reset();
    document.getElementById("made").textContent = `${made.name} can sign in as ${made.username}`;
    await load();
  } catch (error) { toast(error.message); }
});
load().catch((error) => toast(error.message));
