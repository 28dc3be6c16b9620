"use strict";
// The name of a chosen file, for the sample of what copies are called.
document.addEventListener("change", (event) => {
  const title = document.getElementById("title");
  if (event.target.id !== "id_files" || !title || !event.target.files.length) return;
  title.value = event.target.files[0].name;
  title.dispatchEvent(new Event("change", { bubbles: true }));
});

// A document that is ticked among those found stands among the links, and else does not.
const linksOf = (field) => field.value.split(/\s+/).filter(Boolean);
document.addEventListener("change", (event) => {
  const field = document.getElementById("id_link");
  if (event.target.name !== "found" || !field) return;
  const others = linksOf(field).filter((each) => each !== event.target.value);
  if (event.target.checked) others.push(event.target.value);
  field.value = others.join("\n");
  const title = document.getElementById("title");
  if (!title) return;
  title.value = event.target.checked ? event.target.dataset.title : "";
  title.dispatchEvent(new Event("change", { bubbles: true }));
});
const tickFound = () => {
  const field = document.getElementById("id_link");
  const links = field ? linksOf(field) : [];
  for (const box of document.querySelectorAll("#found input[name=found]:not(:disabled)")) {
    box.checked = links.includes(box.value);
  }
};
document.addEventListener("htmx:afterSwap", tickFound);
document.addEventListener("change", (event) => {
  if (event.target.id === "id_link") tickFound();
});
// Enter in the words searches, and does not send the form.
document.addEventListener("keydown", (event) => {
  if (event.target.id !== "id_words" || event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  document.getElementById("search").click();
});
