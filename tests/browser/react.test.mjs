// SPDX-License-Identifier: Apache-2.0
// The React variant of the to-do page: built by Vite as its README says, used in a real browser.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { AppServer, build, eventually, launch, openWindow, shoot } from "./support.mjs";

const run = promisify(execFile);
/** What npm and Vite may take where others use the machine as well. Milliseconds. */
const BUILD_TIMEOUT = 240_000;
const NO_NETWORK = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED|EIDLETIMEOUT|TIMEOUT|network/i;

let browser;
let server;
/** Why there is nothing to test. */
let missing;

/** The packages as the lock file has them; they stay in the build folder for the next time. */
async function install(folder) {
    const lock = await readFile(join(folder, "package-lock.json"), "utf8");
    const installed = join(folder, "node_modules", ".installed");
    if ((await readFile(installed, "utf8").catch(() => "")) === lock) return;
    await run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: folder, timeout: BUILD_TIMEOUT });
    await writeFile(installed, lock);
}

/** A copy beside the page whose styles it shares, with the generated client. Returns the folder of what Vite made. */
async function buildPages() {
    const base = join(build.scratch, "react-sample");
    const folder = join(base, "react");
    await mkdir(folder, { recursive: true });
    await rm(join(folder, "src"), { recursive: true, force: true });
    await cp(build.react.source, folder, { recursive: true, filter: (path) => !/\/(node_modules|dist)(\/|$)/.test(path) });
    await cp(join(build.react.source, "..", "web"), join(base, "web"), { recursive: true });
    await cp(build.todo.pages, join(folder, "src", "generated"), { recursive: true });
    try {
        await install(folder);
    } catch (error) {
        // A network that lets nothing through is none either.
        const isSlow = error.killed === true;
        if (!isSlow && !NO_NETWORK.test(error.stderr)) throw error;
        missing = `npm could not install Vite and React: ${isSlow ? `not within ${BUILD_TIMEOUT / 1000} s` : error.stderr.split("\n")[0]}`;
        return undefined;
    }
    await run("npm", ["run", "build"], { cwd: folder, timeout: BUILD_TIMEOUT });
    return join(folder, "dist");
}

before(async () => {
    const pages = await buildPages();
    if (missing !== undefined) return;
    [browser, server] = await Promise.all([launch(), new AppServer({ program: build.todo.program, pages }).start()]);
});
after(async () => {
    await browser?.close();
    await server?.destroy();
});

const texts = (page) => page.$$eval(".todos .text", (elements) => elements.map((element) => element.textContent));

async function signIn(page) {
    await page.fill("input[name=email]", "ada@example.com");
    await page.fill("input[name=name]", "Ada");
    await page.click(".primary");
    await page.waitForSelector(".columns");
}

test("React and Vite: two windows show the same, and unchanged rows are not touched", async (t) => {
    if (missing !== undefined) return t.skip(missing);
    const one = await openWindow(browser, server.url);
    await signIn(one);
    await one.fill("input[name=title]", "Weekend");
    await one.keyboard.press("Enter");
    await one.waitForSelector(".empty");
    const other = await openWindow(browser, server.url);
    await signIn(other);
    for (const text of ["Milk", "Bread", "Tea"]) {
        await one.fill("input[name=text]", text);
        await one.keyboard.press("Enter");
    }
    await eventually("both have three tasks", async () =>
        (await texts(one)).join() === "Tea,Bread,Milk" && (await texts(other)).join() === "Tea,Bread,Milk");
    // What the first window shows may still be its own word: when it has heard of what came later, it has the server's for all.
    await other.fill("input[name=text]", "Jam");
    await other.keyboard.press("Enter");
    await eventually("what the other adds comes", async () => (await texts(one)).join() === "Jam,Tea,Bread,Milk");
    await one.evaluate(() => {
        globalThis.touched = new Set();
        new MutationObserver((changes) => changes.forEach(({ target }) => touched.add(target.closest(".todo")?.querySelector(".text").textContent)))
            .observe(document.querySelector(".todos"), { childList: true, subtree: true, attributes: true, characterData: true });
    });
    await other.getByLabel("Bread: done").click();
    await one.waitForSelector(".todo[data-done=true]");
    assert.deepEqual(await one.evaluate(() => [...touched]), ["Bread"]);
    await other.getByLabel("Remove Milk").click();
    await eventually("Milk is gone", async () => (await texts(one)).join() === "Jam,Tea,Bread");

    await server.stop();
    await one.waitForSelector(".connection[data-status=offline]");
    await one.fill("input[name=text]", "Salt");
    await one.keyboard.press("Enter");
    await eventually("seen at once, offline", async () => (await texts(one)).join() === "Salt,Jam,Tea,Bread");
    await shoot(one, "react-offline");
    await server.start();
    await eventually("it arrives", async () => (await texts(other)).join() === "Salt,Jam,Tea,Bread");
    assert.deepEqual([...one.problems, ...other.problems], []);
    await shoot(one, "react");
});
