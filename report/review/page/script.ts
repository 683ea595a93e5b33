/** What the page does besides being read: it filters by person and repository, and opens what is printed. Without it all is there. */

export const script = `
(() => {
  const form = document.getElementById("filter");
  const opened = [];
  addEventListener("beforeprint", () => {
    for (const one of document.querySelectorAll("details:not([open])")) { one.open = true; opened.push(one); }
  });
  addEventListener("afterprint", () => { for (const one of opened.splice(0)) one.open = false; });
  if (!form) return;
  const parts = [...document.querySelectorAll("article")].map((article) => ({
    article,
    people: read(article.querySelectorAll("[data-people] li, [data-person]")),
    rows: [...article.querySelectorAll("tbody tr")].map((row) => ({ row, places: read(row.querySelectorAll("[data-places] li")) })),
  }));
  const said = document.getElementById("found");
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", apply);
  function read(nodes) { return [...nodes].map((node) => ({ node, text: node.textContent.toLowerCase() })); }
  function keep(items, wanted) {
    let found = 0;
    for (const { node, text } of items) {
      const hit = text.includes(wanted);
      if (node.localName === "li" && node.hidden === hit) node.hidden = !hit;
      if (hit) found++;
    }
    return found;
  }
  function open(within, wanted) {
    for (const one of within.querySelectorAll("details")) one.open = wanted !== "";
  }
  function apply() {
    const [person, place] = ["person", "repository"].map((name) => form.elements[name].value.trim().toLowerCase());
    let people = 0;
    for (const { article, people: names, rows } of parts) {
      const known = keep(names, person);
      let places = 0;
      for (const { row, places: here } of rows) {
        const found = keep(here, place);
        row.hidden = place !== "" && found === 0;
        if (!row.hidden) places++;
        open(row, place);
      }
      article.hidden = (person !== "" && known === 0) || places === 0;
      for (const one of article.querySelectorAll(":scope > details")) open({ querySelectorAll: () => [one] }, person);
      if (!article.hidden) people += known;
    }
    said.textContent = person || place ? people.toLocaleString("en") + " shown" : "";
  }
})();
`;
