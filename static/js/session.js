// Shows the session strip three minutes before the session ends, and keeps the session from it without leaving the page.

const strip = document.querySelector("[data-session-strip]");
const stay = strip?.querySelector("[data-session-stay]");
const warnBefore = 3 * 60 * 1000;

if (stay) {
  let timer = wait(new Date(strip.dataset.sessionEnds) - Date.now());
  stay.addEventListener("click", async (event) => {
    event.preventDefault();
    const answer = await fetch(stay.href, { redirect: "manual" }).catch(() => undefined);
    if (!answer?.ok) return location.assign(stay.href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const ends = page.querySelector("[data-session-strip]")?.dataset.sessionEnds;
    strip.hidden = true;
    clearTimeout(timer);
    if (ends) timer = wait(new Date(ends) - Date.now());
  });
}

function wait(left) {
  return setTimeout(() => { strip.hidden = false; }, Math.max(0, left - warnBefore));
}
