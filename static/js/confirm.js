// Opens a confirm dialog from a link that otherwise leads to the page with the same content.
// Escape and the keep link close it; nothing is sent, and the focus goes back to the link.

for (const link of document.querySelectorAll("a[data-dialog]")) {
  const dialog = document.getElementById(link.dataset.dialog);
  if (!dialog) continue;
  link.setAttribute("aria-haspopup", "dialog");
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    dialog.showModal();
    dialog.querySelector("[data-dialog-keep]")?.focus();
    dialog.addEventListener("close", () => link.focus(), { once: true });
  });
}

for (const keep of document.querySelectorAll("[data-dialog-keep]")) {
  keep.addEventListener("click", (event) => {
    event.preventDefault();
    keep.closest("dialog").close();
  });
}
