// Use the Inspector's web page as a person would: connect to a server, find get_cwd, run it.
// Words: the folder of playwright-core, the browser, the page's URL, the name of the server, a folder of our own.
// What the page says goes to stdout as JSON, a picture of it to page.png in that folder.
import { createRequire } from "node:module";
import path from "node:path";

const [folder, executablePath, url, server, own] = process.argv.slice(2);
const { chromium } = createRequire(folder + "/")("playwright-core");
const context = await chromium.launchPersistentContext(path.join(own, "profile"), {
  executablePath,
  headless: true,
  viewport: { width: 1400, height: 900 },
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", // the page's fonts are elsewhere
  ],
});
try {
  const page = await context.newPage();
  page.setDefaultTimeout(45000);
  await page.goto(url);
  await page.getByRole("switch", { name: `Connect or disconnect "${server}"` }).click({ force: true });
  const revision = await page.getByText(/^MCP \d{4}-\d\d-\d\d$/).innerText();
  await page.getByText("Tools", { exact: true }).click();
  const heading = await page.getByRole("heading", { name: /^Tools/ }).innerText();
  await page.getByRole("button", { name: "get_cwd" }).click();
  await page.getByRole("button", { name: "Execute Tool" }).click();
  const answer = await page.getByText(/^Current Working Directory: /).innerText();
  await page.getByRole("heading", { name: "Structured Output" }).waitFor();
  await page.screenshot({ path: path.join(own, "page.png") });
  await page.getByText("Console", { exact: true }).click();
  await page.getByRole("heading", { name: "Server Console" }).waitFor();
  const silent = await page.getByText("No console output").isVisible(); // what the server wrote to stderr
  console.log(JSON.stringify({ revision, heading, answer, silent }));
} finally {
  await context.close();
}
