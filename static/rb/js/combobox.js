// Proposals under <input data-rb-combobox="/geo/communes?q=">, after the ARIA combobox pattern (list autocomplete).
// The address answers JSON: a list, {results: [...]} or the `properties` of a GeoJSON FeatureCollection, of
// {label, context?, value?, id?, url?}. Choosing writes `value` (else `label`) into the input, and `id` into the hidden
// input that data-rb-target names; `url` is opened instead. `context` is a second line that tells namesakes apart.
// « rb:chosen » then tells the whole item, with its GeoJSON `feature`.
const DELAY = 180;
let serial = 0;

class Combobox {
  constructor(input) {
    this.input = input;
    this.items = [];
    this.active = -1;
    this.list = document.createElement("ul");
    this.list.id = `rb-list-${++serial}`;
    this.list.className = "rb-combobox__list";
    this.list.hidden = true;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", input.labels?.[0]?.textContent.trim() || input.getAttribute("aria-label") || "Propositions");
    this.status = document.createElement("span");
    this.status.className = "rb-visually-hidden";
    this.status.setAttribute("role", "status");
    const box = document.createElement("div");
    box.className = "rb-combobox";
    input.before(box);
    box.append(input, this.list, this.status);
    for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id, autocomplete: "off" })) {
      input.setAttribute(name, value);
    }
    input.addEventListener("input", () => this.typed());
    input.addEventListener("keydown", (event) => this.key(event));
    input.addEventListener("blur", () => this.close());
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.choose([...this.list.children].indexOf(option));
    });
  }

  get hidden() {
    return document.getElementById(this.input.dataset.rbTarget ?? "");
  }

  typed() {
    if (this.hidden) this.hidden.value = "";
    clearTimeout(this.timer);
    this.request?.abort();
    const text = this.input.value.trim();
    if (text.length < 2) return this.close();
    this.timer = setTimeout(() => this.ask(text), DELAY);
  }

  async ask(text) {
    this.request = new AbortController();
    try {
      const address = this.input.dataset.rbCombobox + encodeURIComponent(text);
      const answer = await fetch(address, { signal: this.request.signal, headers: { Accept: "application/json" } });
      if (!answer.ok) return this.close();
      const data = await answer.json();
      this.show(Array.isArray(data) ? data : (data.results ?? data.features?.map((feature) => ({ ...feature.properties, feature })) ?? []));
    } catch {
      this.close();  // offline or overtaken by the next letter: the text typed remains, and is enough
    }
  }

  show(items) {
    this.items = items;
    this.active = -1;
    this.list.replaceChildren(...items.map((item, index) => {
      const option = document.createElement("li");
      option.id = `${this.list.id}-${index}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      const text = document.createElement("span");
      text.textContent = item.label ?? item.name ?? item.value;
      if (item.context) {
        const context = document.createElement("span");
        context.className = "rb-small rb-muted";
        context.textContent = item.context;
        text.append(document.createElement("br"), context);
      }
      option.append(text);
      return option;
    }));
    const count = items.length;
    this.status.textContent = count ? `${count} proposition${count > 1 ? "s" : ""}` : "Aucune proposition";
    this.toggle(count > 0);
  }

  toggle(open) {
    this.list.hidden = !open;
    this.input.setAttribute("aria-expanded", String(open));
    if (!open) this.input.removeAttribute("aria-activedescendant");
  }

  close() {
    this.toggle(false);
    this.active = -1;
  }

  move(step) {
    if (this.list.hidden) return this.items.length ? this.toggle(true) : undefined;
    const count = this.items.length;
    this.active = this.active < 0 && step < 0 ? count - 1 : (this.active + step + count) % count;
    [...this.list.children].forEach((option, index) => option.setAttribute("aria-selected", String(index === this.active)));
    const option = this.list.children[this.active];
    option.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", option.id);
  }

  key(event) {
    const open = !this.list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      this.move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && open && this.active >= 0) {
      event.preventDefault();
      this.choose(this.active);
    } else if (event.key === "Escape" && open) {
      event.stopPropagation();
      event.preventDefault();
      this.close();
    }
  }

  choose(index) {
    const item = this.items[index];
    if (item.url) {
      window.location.assign(item.url);
      return;
    }
    this.input.value = item.value ?? item.label ?? item.name;
    if (this.hidden) this.hidden.value = item.id ?? "";
    this.close();
    this.input.dispatchEvent(new Event("change", { bubbles: true }));
    this.input.dispatchEvent(new CustomEvent("rb:chosen", { detail: item }));
  }
}

function start(root) {
  for (const input of root.querySelectorAll?.("input[data-rb-combobox]:not([role=combobox])") ?? []) new Combobox(input);
}

document.addEventListener("htmx:afterSwap", (event) => start(event.target.parentElement ?? document));
start(document);
