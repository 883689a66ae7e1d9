"use strict";

const read = (id) => JSON.parse(document.getElementById(id).textContent);

const figures = read("figures");
for (const place of document.querySelectorAll("[data-figure]")) {
  const { data, layout } = figures[place.dataset.figure];
  Plotly.newPlot(place, data, layout, {
    responsive: true,
    displaylogo: false,
    // recent versions of Plotly offer to upload the figure's data to their cloud
    showSendToCloud: false,
    plotlyServerURL: "",
    modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d"],
  });
}

function key(row, column) {
  const cell = row.cells[column];
  if (!("sort" in cell.dataset)) return cell.textContent.trim();
  return cell.dataset.sort === "" ? null : Number(cell.dataset.sort);
}

// unknown values stay at the end, whichever way the table is sorted
function compare(a, b, sign) {
  if (a === null || b === null) return (a === null) - (b === null);
  return sign * (typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true }));
}

for (const head of document.querySelectorAll("table.sortable th")) {
  head.querySelector("button")?.addEventListener("click", () => {
    const up = head.getAttribute("aria-sort") === "descending";
    const body = head.closest("table").tBodies[0];
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const rows = [...body.rows].sort((a, b) =>
      compare(key(a, head.cellIndex), key(b, head.cellIndex), up ? 1 : -1));
    body.append(...rows);
  });
}
