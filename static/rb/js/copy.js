// « Copier » : puts the text of data-rb-copy in the clipboard and says so in the status beside the button.
for (const button of document.querySelectorAll("[data-rb-copy]")) {
  if (!navigator.clipboard) continue;
  const status = button.parentElement.querySelector("[role=status]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.rbCopy);
      status.textContent = "Copié.";
    } catch {
      status.textContent = "La copie n’a pas marché : sélectionnez le texte.";
    }
  });
}
