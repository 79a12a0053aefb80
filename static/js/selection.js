// Says in words how many rows are selected, and selects or clears the page.
// Without script the count is drawn by the style sheet.

for (const form of document.querySelectorAll("[data-selection]")) {
  const picks = [...form.querySelectorAll(".pick")];
  const count = form.querySelector("[data-selection-count]");
  const all = form.querySelector("[data-selection-all]");
  if (picks.length === 0) continue;

  const say = () => {
    const chosen = picks.filter((pick) => pick.checked).length;
    form.dataset.said = "true";
    count.textContent = `${chosen} selected`;
    all.textContent = chosen === picks.length ? "Clear the selection" : `Select all ${picks.length} on this page`;
  };

  all.hidden = false;
  all.addEventListener("click", () => {
    const on = picks.some((pick) => !pick.checked);
    for (const pick of picks) pick.checked = on;
    say();
  });
  form.addEventListener("change", say);
  // A page that comes back from the history keeps its check marks.
  window.addEventListener("pageshow", say);
  say();
}
