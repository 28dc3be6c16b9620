"use strict";
// The name of a chosen file, for the sample of what copies are called.
document.addEventListener("change", (event) => {
  const title = document.getElementById("title");
  if (event.target.id !== "id_files" || !title || !event.target.files.length) return;
  title.value = event.target.files[0].name;
  title.dispatchEvent(new Event("change", { bubbles: true }));
});
