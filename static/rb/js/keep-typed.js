// Forms with data-rb-keep="key" keep what is typed in this browser, for a day, and give it back with a notice.
// A page that carries data-rb-kept-done="key" (anywhere) says that it was saved: the copy is dropped, and « key-… » too.
// Passwords, files, hidden fields and tokens are never kept. A copy belongs to the person signed in; signing out drops all.
const ROOT = "rb-keep:";
const PREFIX = `${ROOT}${document.body.dataset.rbUser ?? ""}:`;
const LIFE = 24 * 60 * 60 * 1000;
const NEVER = ["password", "file", "hidden", "submit", "button", "image", "reset"];

const store = {
  read(key) {
    try {
      const kept = JSON.parse(localStorage.getItem(PREFIX + key));
      return kept && Date.now() - kept.at < LIFE ? kept.values : null;
    } catch {
      return null;
    }
  },
  write(key, values) {
    try {
      localStorage.setItem(PREFIX + key, JSON.stringify({ at: Date.now(), values }));
    } catch {
      // storage full or refused: typing goes on without a copy
    }
  },
  drop(key) {
    try {
      localStorage.removeItem(PREFIX + key);
    } catch {
      // storage refused: there is nothing to drop
    }
  },
  dropAll(key) {
    try {
      for (const name of Object.keys(localStorage)) {
        if (name === PREFIX + key || name.startsWith(`${PREFIX}${key}-`)) localStorage.removeItem(name);
      }
    } catch {
      // storage refused: there is nothing to drop
    }
  },
  sweep(isOver) {
    try {
      for (const name of Object.keys(localStorage)) {
        if (name.startsWith(ROOT) && isOver(JSON.parse(localStorage.getItem(name)))) localStorage.removeItem(name);
      }
    } catch {
      // storage refused: there is nothing to drop
    }
  },
};

const isKept = (input) => input.name && !NEVER.includes(input.type) && !input.closest("[data-rb-keep-not]");
const isTick = (input) => input.type === "radio" || input.type === "checkbox";

function snapshot(form) {
  const values = {};
  for (const input of form.elements) {
    if (!isKept(input)) continue;
    values[input.name] ??= [];
    if (input instanceof HTMLSelectElement) values[input.name].push(...[...input.selectedOptions].map((option) => option.value));
    else if (!isTick(input) || input.checked) values[input.name].push(input.value);
  }
  return values;
}

function restore(form, values) {
  const left = structuredClone(values);
  for (const input of form.elements) {
    const kept = isKept(input) && left[input.name];
    if (!kept) continue;
    if (isTick(input)) input.checked = kept.includes(input.value);
    else if (input instanceof HTMLSelectElement) for (const option of input.options) option.selected = kept.includes(option.value);
    else if (kept.length) input.value = kept.shift();
  }
  form.dispatchEvent(new CustomEvent("rb:restored", { bubbles: true }));
}

function notice(form, text, action) {
  form.querySelector("[data-rb-keep-notice]")?.remove();
  const box = document.createElement("div");
  box.className = "rb-alert rb-tone--info";
  box.setAttribute("role", "status");
  box.dataset.rbKeepNotice = "";
  const body = document.createElement("div");
  body.className = "rb-alert__body";
  const words = document.createElement("p");
  words.textContent = text;
  body.append(words);
  if (action) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "rb-link-button";
    button.textContent = action.label;
    button.addEventListener("click", action.act);
    body.append(button);
  }
  box.append(body);
  form.prepend(box);
  return box;
}

function keep(form) {
  const key = form.dataset.rbKeep;
  const fresh = snapshot(form);
  const kept = store.read(key);
  const refused = form.querySelector("[data-rb-error-summary]");
  if (kept && !refused && JSON.stringify(kept) !== JSON.stringify(fresh)) {
    restore(form, kept);
    notice(form, "Votre saisie a été retrouvée. Elle n’est pas encore enregistrée.", {
      label: "Effacer",
      act: () => {
        store.drop(key);
        restore(form, fresh);
        form.querySelector("[data-rb-keep-notice]").remove();
      },
    });
  }
  form.addEventListener("input", () => store.write(key, snapshot(form)));
  form.addEventListener("submit", (event) => {
    store.write(key, snapshot(form));
    if (navigator.onLine) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    notice(form, "Pas de connexion. Votre saisie est gardée sur cet appareil : envoyez-la quand le réseau revient.")
      .scrollIntoView({ block: "center" });
  }, { capture: true });
}

function start(root) {
  for (const done of root.querySelectorAll?.("[data-rb-kept-done]") ?? []) store.dropAll(done.dataset.rbKeptDone);
  for (const form of root.querySelectorAll?.("form[data-rb-keep]:not([data-rb-keep-on])") ?? []) {
    form.dataset.rbKeepOn = "";
    keep(form);
  }
}

document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-rb-sign-out]")) store.sweep(() => true);
});
store.sweep((kept) => Date.now() - kept.at >= LIFE);
document.addEventListener("htmx:afterSwap", (event) => start(event.target.parentElement ?? document));
start(document);
