// Elements with data-rb-when="field=value|value2" show, and count in the form, only while the condition holds.
// Several conditions are joined by « & ». Without this script everything is shown. "field=*" means any answer.
function answers(form, name) {
  const chosen = [];
  for (const input of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
    const ticked = !["radio", "checkbox"].includes(input.type) || input.checked;
    if (ticked && input.value !== "") chosen.push(input.value);
  }
  return chosen;
}

function holds(form, condition) {
  return condition.split("&").every((part) => {
    const [name, wanted] = part.split("=").map((text) => text.trim());
    const given = answers(form, name);
    return wanted === "*" ? given.length > 0 : wanted.split("|").some((value) => given.includes(value));
  });
}

function apply(form) {
  for (const part of form.querySelectorAll("[data-rb-when]")) {
    const shown = holds(form, part.dataset.rbWhen);
    part.hidden = !shown;
    for (const input of part.querySelectorAll("input, select, textarea")) {
      if (!shown && !input.disabled) {
        input.disabled = true;
        input.dataset.rbRevealDisabled = "";
      } else if (shown && "rbRevealDisabled" in input.dataset) {
        input.disabled = false;
        delete input.dataset.rbRevealDisabled;
      }
    }
  }
}

function start(root) {
  const forms = new Set([...(root.querySelectorAll?.("[data-rb-when]") ?? [])].map((part) => part.closest("form")));
  forms.forEach((form) => form && apply(form));
}

document.addEventListener("input", (event) => event.target.form && apply(event.target.form));
document.addEventListener("rb:restored", (event) => apply(event.target));
document.addEventListener("reset", (event) => setTimeout(() => apply(event.target)));
document.addEventListener("htmx:afterSwap", (event) => start(event.target.parentElement ?? document));
start(document);
