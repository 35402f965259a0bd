// People: who is here, and, for a quality head, new accounts.
import { ask, make, order, settings, toast } from "/static/shared.js";

const rows = document.querySelector("#people tbody");

async function load() {
  let found;
  try { found = await ask("/api/accounts"); } catch { found = Object.values(await ask("/api/people")).map((name) => ({ name, username: "", roles: [], disabled: false })); }
  rows.replaceChildren(...found.map((one) => make("tr", { "data-user": one.username }, make("td", {}, one.name), make("td", {}, one.username),
    make("td", {}, one.roles.map((role) => role.replaceAll("_", " ")).join(", ")), make("td", {}, one.disabled ? "shut" : "active"),
    make("td", {}, one.id && one.id !== settings.account ? make("button", { type: "button", onclick: () => change(one) }, "Change") : null))));
  document.getElementById("live").textContent = `${found.length} people`;
}

// One account: its roles, a new password, shut or open; whatever is changed ends its sessions.
function change(one) {
  const dialog = document.getElementById("change");
  const tried = (work) => async (event) => { event.preventDefault(); try { await work(new FormData(event.target)); dialog.close(); await load(); } catch (error) { toast(error.message); } };
  const boxes = [...document.querySelectorAll("#account [name=roles]")].map(({ value }) => make("label", { class: "check" }, make("input", { type: "checkbox", name: "roles", value, checked: one.roles.includes(value) }), value.replaceAll("_", " ")));
  const why = () => make("label", {}, "Why ", make("input", { name: "reason", required: true, maxlength: 400 }));
  const save = (body) => order(`/api/accounts/${one.id}`, body);
  dialog.replaceChildren(make("h2", { id: "change-title" }, `${one.name} (${one.username})`), make("p", { class: "hint" }, "A change ends the person's sessions at once; it stands in the trail."),
    make("form", { class: "stack", onsubmit: tried((data) => save({ roles: data.getAll("roles"), reason: data.get("reason") })) }, make("fieldset", {}, make("legend", {}, "Roles"), ...boxes), why(), make("button", { class: "main" }, "Change roles")),
    make("form", { class: "stack", onsubmit: tried((data) => save({ disabled: !one.disabled, reason: data.get("reason") })) }, why(), make("button", {}, one.disabled ? "Open the account" : "Shut the account")),
    make("form", { class: "stack", onsubmit: tried((data) => order(`/api/accounts/${one.id}/password`, { password: data.get("password") })) },
      make("input", { autocomplete: "username", value: one.username, readonly: true, hidden: true }),
      make("label", {}, "New password ", make("input", { name: "password", type: "password", required: true, minlength: 12, maxlength: 200, autocomplete: "new-password" })), make("button", {}, "Set the password")),
    make("div", { class: "steps" }, make("button", { type: "button", onclick: () => dialog.close() }, "Back")));
  dialog.showModal();
}

const own = document.getElementById("own");
own.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await order(`/api/accounts/${settings.account}/password`, { old: own.elements.old.value, password: own.elements.password.value });
    location.assign("/sign-in");
  } catch (error) { toast(error.message); }
});

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
if (form) {
  ask("/api/inspections").then((all) => form.elements.inspection.append(...all.filter((one) => one.state !== "closed").map((one) => make("option", { value: one.id }, `${one.name}${one.mock ? " (mock)" : ""}`))), (error) => toast(error.message));
}
load().catch((error) => toast(error.message));
