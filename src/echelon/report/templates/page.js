"use strict";
(function () {
  var tip = document.getElementById("tip");
  function show(event) {
    var mark = event.target.closest ? event.target.closest("[data-tip]") : null;
    tip.hidden = !mark;
    if (!mark) return;
    tip.textContent = mark.getAttribute("data-tip");
    var x = Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8);
    var y = event.clientY + 18;
    if (y + tip.offsetHeight > window.innerHeight) y = event.clientY - tip.offsetHeight - 12;
    tip.style.left = Math.max(x, 4) + "px";
    tip.style.top = y + "px";
  }
  document.addEventListener("pointermove", show);
  document.addEventListener("pointerdown", show);
  document.addEventListener("scroll", function () { tip.hidden = true; }, true);

  function key(row, at) { return row.cells[at].getAttribute("data-v") || ""; }
  function sort(table, at, button) {
    var head = button.parentNode, down = head.getAttribute("aria-sort") !== "descending";
    var text = head.hasAttribute("data-text");
    if (text) down = head.getAttribute("aria-sort") === "ascending";
    table.querySelectorAll("th[aria-sort]").forEach(function (th) { th.removeAttribute("aria-sort"); });
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    var body = table.tBodies[0], rows = Array.prototype.slice.call(body.rows);
    rows.sort(function (a, b) {
      var x = key(a, at), y = key(b, at);
      if (x === "" || y === "") return (x === "") - (y === "");
      var order = text ? x.localeCompare(y) : parseFloat(x) - parseFloat(y);
      return down ? -order : order;
    });
    rows.forEach(function (row) { body.appendChild(row); });
  }
  document.querySelectorAll("table.sortable").forEach(function (table) {
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (th, at) {
      var button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      while (th.firstChild) button.appendChild(th.firstChild);
      th.appendChild(button);
      button.addEventListener("click", function () { sort(table, at, button); });
    });
  });

  var find = document.getElementById("find"), found = document.getElementById("found");
  function search() {
    var words = find.value.toLowerCase().split(/\s+/).filter(Boolean), total = 0;
    document.querySelectorAll("#numbers details").forEach(function (part) {
      var any = 0;
      part.querySelectorAll("tbody").forEach(function (body) {
        var head = body.rows[0].textContent.toLowerCase() + " " + part.id.slice(8), hits = 0;
        for (var i = 1; i < body.rows.length; i++) {
          var row = body.rows[i], text = head + " " + row.textContent.toLowerCase();
          row.hidden = !words.every(function (word) { return text.indexOf(word) >= 0; });
          if (!row.hidden) hits++;
        }
        body.hidden = !hits;
        any += hits;
      });
      part.hidden = !any;
      part.open = words.length > 0 && any > 0 && any < 400;
      total += any;
    });
    found.textContent = words.length ? total.toLocaleString("en") + (total === 1 ? " number matches" : " numbers match") : "";
  }
  var wait;
  if (find) find.addEventListener("input", function () { clearTimeout(wait); wait = setTimeout(search, 150); });
  document.querySelectorAll(".screen[hidden]").forEach(function (part) { part.hidden = false; });
})();
