// Allure 3 makes a link of absolute URLs only, and a report does not know where it will lie. So a promise's
// id, wherever it stands alone in the report, opens that promise on the page beside the report.
{
  const promised = ({ target }) => target.textContent.trim().match(/^[A-Z]{2}-\d{3}$/)?.[0];
  document.addEventListener("click", (event) => {
    const id = promised(event);
    if (id) window.open(`promises.html#${id}`);
  });
  document.addEventListener("mouseover", (event) => {
    if (promised(event)) event.target.style.cursor = "pointer";
  });
}
