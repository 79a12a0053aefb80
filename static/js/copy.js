// Shows copy buttons where the clipboard can be written, and says when it was.

if (navigator.clipboard) {
  for (const button of document.querySelectorAll("[data-copy], [data-copy-from]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copyFrom);
      await navigator.clipboard.writeText(source ? source.value : button.dataset.copy);
      say(button, "Copied");
    });
  }
}

function say(button, word) {
  const before = [...button.childNodes];
  const status = document.createElement("span");
  status.setAttribute("role", "status");
  button.replaceChildren(status);
  status.textContent = word;
  setTimeout(() => button.replaceChildren(...before), 2000);
}
