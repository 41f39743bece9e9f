// The summary of errors takes the focus; its links focus the field, under whatever hides it.
function focusTarget(event) {
  const link = event.target.closest("[data-rb-error-summary] a[href^='#']");
  const target = link && document.getElementById(link.hash.slice(1));
  if (!target) return;
  event.preventDefault();
  for (let box = target.closest("details:not([open])"); box; box = box.parentElement.closest("details:not([open])")) box.open = true;
  target.focus();
  (target.closest(".rb-field") ?? target).scrollIntoView({ block: "center" });
}

function announce(root) {
  root.querySelector?.("[data-rb-error-summary]")?.focus();
}

document.addEventListener("click", focusTarget);
document.addEventListener("htmx:afterSwap", (event) => announce(event.target));
announce(document);
