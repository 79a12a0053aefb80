// Shows the session strip three minutes before the session ends, and keeps the session from it without leaving the page.
// The page says how many seconds are left; what the browser's clock says does not matter.

const strip = document.querySelector("[data-session-strip]");
const stay = strip?.querySelector("[data-session-stay]");
const warnBefore = 3 * 60 * 1000;

let warnAt = Infinity;
let timer;

if (stay) {
  count(strip);
  // A timer may have slept with the machine.
  document.addEventListener("visibilitychange", look);
  stay.addEventListener("click", async (event) => {
    event.preventDefault();
    const answer = await fetch(stay.href, { redirect: "manual" }).catch(() => undefined);
    if (!answer?.ok) return location.assign(stay.href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    strip.hidden = true;
    count(page.querySelector("[data-session-strip]"));
  });
}

function count(told) {
  warnAt = told ? performance.now() + Number(told.dataset.sessionLeft) * 1000 - warnBefore : Infinity;
  look();
}

function look() {
  clearTimeout(timer);
  const wait = warnAt - performance.now();
  if (wait <= 0) strip.hidden = false;
  else if (wait < Infinity) timer = setTimeout(look, wait);
}
