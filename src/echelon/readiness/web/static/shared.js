// What every page of the room shares: orders, making elements from text, and following the stream.
export const settings = JSON.parse(document.body.dataset.settings);

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  // Text goes in as text, never as markup.
  element.append(...children.filter((child) => child != null));
  return element;
}

export async function ask(path) {
  const send = () => fetch(path, { headers: { accept: "application/json" } }).catch(() => { throw new Error("the room does not answer; try again in a moment"); });
  return answer(await signedIn(send));
}

// A session that has ended is begun again in place: nothing that was written on the page is lost.
async function signedIn(send) {
  let reply = await send();
  while (reply.status === 401) { await signInAgain(); reply = await send(); }
  return reply;
}

let asking;
function signInAgain() {
  asking ??= new Promise((done) => {
    const password = make("input", { type: "password", required: true, maxlength: 200, autocomplete: "current-password" });
    const wrong = make("p", { class: "wrong", role: "alert" });
    const dialog = make("dialog", { id: "again", "aria-labelledby": "again-title", oncancel: (event) => event.preventDefault() });
    const enter = async (event) => {
      event.preventDefault();
      try {
        const given = new URLSearchParams({ username: settings.username, password: password.value });
        const reply = await fetch("/sign-in", { method: "POST", body: given });
        const me = reply.ok ? await fetch("/api/me").then((one) => one.json()) : {};
        if (me.account !== settings.account) { wrong.textContent = reply.status === 429 ? "Too many failed sign-ins; try again in 15 minutes." : "That is not your password."; return; }
        settings.csrf = me.csrf;
      } catch { wrong.textContent = "The room does not answer; try again in a moment."; return; }
      dialog.remove();
      asking = undefined;
      done();
    };
    dialog.append(make("h2", { id: "again-title" }, "Your session has ended"), make("form", { class: "stack", onsubmit: enter },
      make("p", {}, "Sign in again to go on; what you wrote is still here."), make("input", { autocomplete: "username", value: settings.username, readonly: true, "aria-label": "User name" }),
      make("label", {}, "Password ", password), wrong, make("div", { class: "steps" }, make("button", { class: "main" }, "Sign in"), make("a", { href: "/sign-in" }, "Leave this page"))));
    document.body.append(dialog);
    dialog.showModal();
    password.focus();
  });
  return asking;
}

// Inspections to choose from: the one that goes on first, real before mock, the latest first.
export function inspectionOptions(select, inspections) {
  const rank = (one) => `${one.state === "closed" ? 1 : 0}${one.mock ? 1 : 0}`;
  const sorted = [...inspections].sort((a, b) => rank(a).localeCompare(rank(b)) || b.first_day.localeCompare(a.first_day));
  const chosen = select.value;
  select.replaceChildren(...sorted.map((one) => make("option", { value: one.id }, one.state === "closed" ? `${one.name} (closed)` : one.name)));
  if (sorted.some((one) => one.id === chosen)) select.value = chosen;
}

export async function order(path, body, version) {
  const headers = { "content-type": "application/json", "idempotency-key": crypto.randomUUID() };
  if (version) headers["if-match"] = String(version);
  const send = () => signedIn(() => fetch(path, { method: "POST", headers: { ...headers, "x-csrf-token": settings.csrf }, body: JSON.stringify(body) }));
  let reply;
  // A connection lost in the middle leaves it open whether the order was done; with its key it can be sent again.
  for (let attempt = 0; ; attempt++) {
    try {
      reply = await send();
      if (reply.status !== 503 || attempt === 4 || !(await reply.clone().json().catch(() => ({}))).doubt) break;
      await new Promise((done) => setTimeout(done, 500 * 2 ** attempt));
    } catch (error) {
      if (attempt === 4) throw new Error("the room does not answer; what you wrote is still here, try again in a moment");
      await new Promise((done) => setTimeout(done, 500 * 2 ** attempt));
    }
  }
  return answer(reply);
}

async function answer(reply) {
  const data = await reply.json().catch(() => ({ error: `the room answered ${reply.status}` }));
  if (!reply.ok) throw new Error(data.error);
  return data;
}

export function toast(words) {
  document.querySelector(".toast")?.remove();
  const shown = make("div", { class: "toast", role: "alert" }, words);
  (document.querySelector("dialog[open]") ?? document.body).append(shown);
  setTimeout(() => shown.remove(), 6000);
}

export function follow(cursor, { record, gone, reset, nudged }) {
  const live = document.getElementById("live");
  let last = cursor, source;
  const say = (words, kind) => { live.textContent = words; live.className = `live ${kind}`; };
  const take = (handle) => (event) => { last = event.lastEventId || last; handle(JSON.parse(event.data)); };
  // Asks for the password only where that has not been given on the page since.
  const again = () => ask("/api/me").then(open, () => setTimeout(again, 1500));
  const open = () => {
    source = new EventSource(`/api/events?after=${encodeURIComponent(last)}`);
    // What is told without a number is not told again after a lost connection: then it is looked for.
    source.addEventListener("open", () => { say("live", "on"); nudged?.(); });
    source.addEventListener("audits", () => nudged?.());
    source.addEventListener("record", take(record));
    source.addEventListener("gone", take(gone ?? (() => {})));
    source.addEventListener("reset", () => { source.close(); reset(); });
    source.addEventListener("signed-out", () => { source.close(); say("signed out", "off"); again(); });
    source.addEventListener("error", () => {
      say("connection lost, trying again", "off");
      // The browser tries again by itself unless the answer was an error.
      if (source.readyState === EventSource.CLOSED) setTimeout(again, 1500);
    });
  };
  open();
}

export async function upload(file) {
  const body = new FormData();
  body.append("file", file);
  body.append("name", file.name.slice(0, 120));
  return post("/api/documents", body);
}

// Brings a file with what belongs to it; the key makes a second sending harmless.
export async function post(path, body) {
  const key = crypto.randomUUID();
  const send = () => fetch(path, { method: "POST", headers: { "x-csrf-token": settings.csrf, "idempotency-key": key }, body }).catch(() => { throw new Error("the room does not answer; the file is still chosen, try again in a moment"); });
  return answer(await signedIn(send));
}

export function signForm(dialog, kind, id, version) {
  const meaning = make("select", { name: "meaning" }, ...["authored", "reviewed", "approved", "responsible"].map((one) => make("option", { value: one }, one)));
  const password = make("input", { type: "password", required: true, maxlength: 200, autocomplete: "current-password" });
  const form = make("form", { class: "stack", onsubmit: async (event) => {
    event.preventDefault();
    try {
      await order(`/api/records/${kind}/${id}/signatures`, { meaning: meaning.value, password: password.value, version });
      dialog.close();
      toast(`${id}, version ${version}, signed as ${meaning.value}`);
    } catch (error) { toast(error.message); }
  } }, make("p", {}, `You sign version ${version} of ${id}. Your signature is bound to it; a later version is not signed by it.`),
  make("input", { autocomplete: "username", value: settings.username, readonly: true, hidden: true }),
  make("label", {}, "Meaning ", meaning), make("label", {}, "Your password again ", password),
  make("div", { class: "steps" }, make("button", { class: "main" }, "Sign"), make("button", { type: "button", onclick: () => dialog.close() }, "Back")));
  dialog.replaceChildren(make("h2", { id: "sign-title" }, `Sign ${id}`), form);
  dialog.showModal();
}

export function time(text) {
  return text ? new Date(text).toLocaleString([], { day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit" }) : "";
}
