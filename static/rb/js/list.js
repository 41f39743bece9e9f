// The list of sites: filters stay open beside it on wide screens, and what changes is said to screen readers.
const panel = document.getElementById("panneau-filtres");
if (panel && matchMedia("(min-width: 62em)").matches) panel.open = true;

document.addEventListener("htmx:afterSettle", () => {
  for (const status of document.querySelectorAll("[data-rb-announce]")) {
    status.textContent = document.querySelector(status.dataset.rbAnnounce)?.textContent.trim().replace(/\s+/g, " ") ?? "";
  }
});
