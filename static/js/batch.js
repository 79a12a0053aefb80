// Keeps the progress of a batch up to date while its page is open. Without script the page says the same after a reload.
// When the batch gets into another state, the page is loaded again: it offers other things then.

const live = document.querySelector("[data-batch-events]");
let tenth = -1;

if (live && window.EventSource) {
  const source = new EventSource(live.dataset.batchEvents);
  source.addEventListener("progress", (event) => {
    const told = JSON.parse(event.data);
    if (String(told.version) !== live.dataset.batchVersion) {
      source.close();
      location.reload();
      return;
    }
    show(told);
  });
  window.addEventListener("pagehide", () => source.close());
}

function show(told) {
  const bar = live.querySelector("progress");
  if (bar && bar.hasAttribute("value")) {
    bar.max = told.items;
    bar.value = told.handled;
  }
  live.querySelector("[data-batch-words]").textContent = told.words;
  for (const cell of document.querySelectorAll("[data-batch-count]")) {
    cell.textContent = told.counts[cell.dataset.batchCount];
  }
  // Read out now and then, not with every chunk.
  const now = told.items ? Math.floor((10 * told.handled) / told.items) : -1;
  if (now === tenth) return;
  tenth = now;
  live.querySelector("[data-batch-said]").textContent = told.words;
}
