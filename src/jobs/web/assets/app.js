// Makes the page livelier. Everything here has a way without it: the form
// posts by itself, and an unfinished job's page reloads by itself.
"use strict";

const live = document.getElementById("live");
const form = document.getElementById("upload");
const input = document.getElementById("image_file");
const drop = document.getElementById("drop");
const chosen = document.getElementById("chosen");
const sending = document.getElementById("sending");

// One request at a time; a change meanwhile asks for one more afterwards.
let loading = false;
let again = false;

async function refresh() {
  if (loading) {
    again = true;
    return;
  }
  loading = true;
  const query = new URLSearchParams({ lang: live.dataset.lang, job: live.dataset.jobs });
  try {
    // 503 has a page part as well: the one that says that Redis is gone.
    const answer = await fetch("/live?" + query);
    show(await answer.text());
  } catch {
    // The server is gone; the next round tries again.
  }
  loading = false;
  if (again) {
    again = false;
    setTimeout(refresh, 150);
  }
}

function show(html) {
  if (live.dataset.shown === html) {
    return;
  }
  live.dataset.shown = html;
  const focused = live.contains(document.activeElement) ? document.activeElement : null;
  const link = focused?.getAttribute("href");
  const action = focused?.closest("form")?.getAttribute("action");
  live.innerHTML = html;
  if (link) {
    live.querySelector(`a[href="${CSS.escape(link)}"]`)?.focus();
  } else if (action) {
    live.querySelector(`form[action="${CSS.escape(action)}"] button`)?.focus();
  }
}

// Cancel, retry and forget: sent from here, the page stays where it is. Then
// its news are those of the server, whatever the answer was.
live.addEventListener("submit", async (event) => {
  event.preventDefault();
  const headers = { Accept: "application/json" };
  try {
    await fetch(event.target.action, { method: "POST", headers });
  } catch {
    // The server is gone; the next round tells.
  }
  refresh();
});

// Changes arrive by server-sent events; without them the page asks.
let polling = null;

function poll(every) {
  clearInterval(polling);
  polling = setInterval(refresh, every);
}

function listen() {
  const events = new EventSource("/events");
  events.addEventListener("open", () => {
    poll(5000); // numbers that no event announces
    refresh();
  });
  events.addEventListener("change", refresh);
  events.addEventListener("error", () => {
    poll(1500);
    if (events.readyState === EventSource.CLOSED) {
      setTimeout(listen, 3000);
    }
  });
}

poll(1500);
listen();

// Choosing and dropping files.
function tell() {
  chosen.textContent = Array.from(input.files, (file) => file.name).join(", ");
}

input.addEventListener("change", tell);
for (const name of ["dragenter", "dragover"]) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
for (const name of ["dragleave", "drop"]) {
  drop.addEventListener(name, () => drop.classList.remove("over"));
}
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer.files.length > 0) {
    input.files = event.dataTransfer.files;
    tell();
  }
});

// How often an upload comes again after "too many at the same time" (503).
const TRIES = 20;

// Sending with a progress bar, which fetch() cannot show.
form.addEventListener("submit", (event) => {
  event.preventDefault();
  send(new FormData(form), 1);
});

function send(data, attempt) {
  const request = new XMLHttpRequest();
  const button = form.querySelector("button");
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.responseType = "json";
  request.upload.addEventListener("progress", (progress) => {
    if (progress.lengthComputable) {
      sending.value = (100 * progress.loaded) / progress.total;
    }
  });
  request.addEventListener("loadend", () => {
    const after = Number(request.getResponseHeader("Retry-After")) || 5;
    if (request.status === 503 && attempt < TRIES) {
      setTimeout(() => send(data, attempt + 1), after * 1000);
      return;
    }
    sending.hidden = true;
    button.disabled = false;
    const answer = request.response;
    problem(request.status === 202 ? "" : (answer && answer.error) || "HTTP " + request.status);
    if (request.status !== 202) {
      return;
    }
    const ids = (answer.tasks || [answer]).map((task) => task.task_id).join(",");
    live.dataset.jobs = ids;
    const address = new URL(location.href);
    address.search = new URLSearchParams({ lang: live.dataset.lang, job: ids });
    history.pushState(null, "", address);
    form.reset();
    tell();
    refresh();
  });
  sending.value = 0;
  sending.hidden = false;
  button.disabled = true;
  request.send(data);
}

window.addEventListener("popstate", () => location.reload());

function problem(text) {
  document.querySelector("main > .problem")?.remove();
  if (text) {
    const note = document.createElement("p");
    note.className = "problem";
    note.setAttribute("role", "alert");
    note.textContent = text;
    form.before(note);
  }
}
