// Keeps pasted lines apart in a search field: a one-line field would join them into one long word.

for (const form of document.querySelectorAll("[data-many-ids]")) {
  const field = form.querySelector("input[type=search]");
  field?.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text").trim();
    if (!/[\r\n]/.test(text)) return;
    event.preventDefault();
    const lines = text.split(/[\r\n]+/).map((line) => line.trim()).filter(Boolean);
    field.setRangeText(lines.join(", "), field.selectionStart, field.selectionEnd, "end");
  });
}
