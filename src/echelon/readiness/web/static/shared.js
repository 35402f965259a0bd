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
  return answer(await fetch(path, { headers: { accept: "application/json" } }));
}

export async function order(path, body, version) {
  const headers = { "content-type": "application/json", "x-csrf-token": settings.csrf };
  headers["idempotency-key"] = crypto.randomUUID();
  if (version) headers["if-match"] = String(version);
  const send = () => fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
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
  if (reply.status === 401) { location.assign("/sign-in"); throw new Error("your session has ended"); }
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

export function follow(cursor, { record, gone, reset }) {
  const live = document.getElementById("live");
  let last = cursor, source;
  const say = (words, kind) => { live.textContent = words; live.className = `live ${kind}`; };
  const take = (handle) => (event) => { last = event.lastEventId || last; handle(JSON.parse(event.data)); };
  const open = () => {
    source = new EventSource(`/api/events?after=${encodeURIComponent(last)}`);
    source.addEventListener("open", () => say("live", "on"));
    source.addEventListener("record", take(record));
    source.addEventListener("gone", take(gone ?? (() => {})));
    source.addEventListener("reset", () => { source.close(); reset(); });
    source.addEventListener("signed-out", () => { source.close(); location.assign("/sign-in"); });
    source.addEventListener("error", () => {
      say("connection lost, trying again", "off");
      // The browser tries again by itself unless the answer was an error.
      if (source.readyState === EventSource.CLOSED) setTimeout(open, 1500);
    });
  };
  open();
}

export async function upload(file) {
  const body = new FormData();
  body.append("file", file);
  body.append("name", file.name.slice(0, 120));
  return answer(await fetch("/api/documents", { method: "POST", headers: { "x-csrf-token": settings.csrf, "idempotency-key": crypto.randomUUID() }, body }));
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
