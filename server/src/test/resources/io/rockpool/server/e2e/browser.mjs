// A person with a browser: logs in, opens OpenClaw's Control UI and talks to it.
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(process.env.RP_MODULES);
const { chromium } = require("playwright-core");
const url = process.env.RP_URL;
const picture = (name) => ({ path: join(process.env.RP_PICTURES, name + ".png") });
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
let page;
try {
  page = await browser.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.setDefaultTimeout(60_000);

  await page.goto(url + "/i/hello/");
  await page.getByLabel("Token").fill("rp_a-token-that-nobody-has-0123456789");
  await page.getByRole("button", { name: "Log in" }).click();
  const wrongToken = await page.getByRole("alert").textContent();

  await page.getByLabel("Token").fill(process.env.RP_TOKEN);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.waitForURL("**/i/hello/**");
  const box = page.locator("textarea").first();
  await box.waitFor();
  await page.screenshot(picture("opened"));
  await box.fill("Hello from a browser");
  await box.press("Enter");
  const answer = page.getByText("(message").last();
  await answer.waitFor();
  await page.screenshot(picture("answered"));

  // This session is for hello alone.
  const neighbour = await page.request.get(`${url}/i/${process.env.RP_NEIGHBOUR}/v1/models`);
  const result = {
    wrongToken,
    address: page.url(),
    answer: await answer.textContent(),
    neighbour: neighbour.status(),
    errors,
  };
  console.log(JSON.stringify(result));
} catch (error) {
  await page?.screenshot(picture("failed"));
  throw error;
} finally {
  await browser.close();
}
