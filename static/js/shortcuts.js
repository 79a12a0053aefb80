// Single-key shortcuts. They can be turned off under "Appearance and shortcuts" and never act while someone types.

const places = { t: "/", p: "/payouts", l: "/payout-links", a: "/approvals", w: "/wallets" };
let after;

if (document.body.dataset.shortcuts === "on") {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest("input:not([type=checkbox]), select, textarea, dialog[open]")) return;
    if (act(event.key)) event.preventDefault();
  });
}

function act(key) {
  if (after === "g") {
    after = undefined;
    if (!places[key]) return false;
    location.assign(places[key]);
    return true;
  }
  switch (key) {
    case "g":
      after = "g";
      setTimeout(() => { after = undefined; }, 1500);
      return true;
    case "/":
      return find();
    case "?":
      document.getElementById("shortcuts").showModal();
      return true;
    case "j":
      return step(1);
    case "k":
      return step(-1);
    case "x":
      return pick();
    default:
      return false;
  }
}

function find() {
  const fields = [...document.querySelectorAll("#find, #q")];
  const field = fields.find((one) => one.offsetParent !== null);
  field?.focus();
  return Boolean(field);
}

function rows() {
  return [...document.querySelectorAll("tbody tr a.cell-main")];
}

function step(by) {
  const links = rows();
  const here = links.findIndex((link) => link.closest("tr").contains(document.activeElement));
  const next = links[here < 0 ? (by > 0 ? 0 : links.length - 1) : here + by];
  next?.focus();
  return Boolean(next);
}

function pick() {
  const box = document.activeElement?.closest("tr")?.querySelector(".pick");
  box?.click();
  return Boolean(box);
}
