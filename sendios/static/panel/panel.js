// Small manners of the panel's pages.

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit-on-change]")) event.target.form.submit();
});

// A link with data-post changes something, so it goes as a POST with the page's CSRF token.
// data-confirm is asked first.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-post]");
  if (!link) return;
  event.preventDefault();
  if (link.dataset.confirm && !confirm(link.dataset.confirm)) return;
  const form = document.createElement("form");
  form.method = "post";
  form.action = link.href;
  form.append(document.querySelector("[name=csrfmiddlewaretoken]").cloneNode());
  document.body.append(form);
  form.submit();
});

// unfold's one-letter shortcuts listen everywhere; in a list, letters choose an entry.
document.addEventListener("keydown", (event) => {
  if (event.target.matches?.("select")) event.stopPropagation();
});
