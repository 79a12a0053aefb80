// Stops a second click from sending the same form again while the first is under way.
// The server would answer it with the first outcome all the same.

for (const form of document.querySelectorAll("form[data-submit-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "true";
  });
  window.addEventListener("pageshow", () => { delete form.dataset.sent; });
}
