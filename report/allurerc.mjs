// How the HTML report of a run is built. Where to is told by `hil report` (--output), and by
// HIL_REPORT, JSON: `rigs` (each an environment of the report: `name`, `variables`), `history`
// (the file that is kept across runs of a rig; none: no history) and `append`, whether this run is
// new there.
//
// Allure 3 ignores categories.json, so they stand here too; the same as CATEGORIES in
// hil/evidence/allure_report.py (a selftest compares them).
const told = JSON.parse(process.env.HIL_REPORT ?? "{}");
const labelled = (name, value) => ({ labels }) => labels.some((label) => label.name === name && label.value === value);
const environments = Object.fromEntries(
  (told.rigs ?? []).map(({ name, variables }) => [name, { variables, matcher: labelled("rig", name) }]),
);
const blamed = (blame, statuses) => ({ statuses, labels: { blame } });

export default {
  name: "HIL",
  environments,
  ...(told.history ? { historyPath: told.history, appendHistory: told.append } : {}),
  categories: [
    { name: "The product broke a promise", matchers: blamed("product", ["failed"]) },
    { name: "Unconfirmed: the promise rests on an assumption", matchers: blamed("unconfirmed", ["broken"]) },
    { name: "Known bugs of the product", matchers: blamed("known", ["broken"]) },
    { name: "The rig is in trouble", matchers: blamed("rig", ["broken"]) },
    { name: "The suite is wrong", matchers: blamed("suite", ["broken"]) },
    { name: "Aborted while running", matchers: blamed("aborted", ["broken"]) },
    { name: "Never started", matchers: blamed("not run", ["unknown"]) },
  ],
  plugins: {
    awesome: {
      options: {
        reportName: "HIL",
        reportLanguage: "en",
        groupBy: ["epic", "feature"],
      },
    },
  },
};
