// SPDX-License-Identifier: Apache-2.0
// The page of docs/getting-started.md, as getting_started.py left it: its server is there, with three notes.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { build, eventually, launch, openWindow } from "./support.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

const texts = (page) => page.$$eval("li label", (elements) => elements.map((element) => element.textContent.trim()).join(", "));

test("two windows of the notes show the same", async () => {
    const [one, other] = [await openWindow(browser, build.url), await openWindow(browser, build.url)];
    const before = "Said by another process, Said by curl, Buy milk";
    await eventually("the notes of before", async () => (await texts(one)) === before && (await texts(other)) === before);
    await one.fill("[name=text]", "Typed");
    await one.keyboard.press("Enter");
    await eventually("the new note", async () => (await texts(other)) === `Typed, ${before}`);
    await other.getByLabel("Buy milk").click();
    await one.waitForSelector(".done");
    assert.equal(await one.textContent(".done"), " Buy milk");
    assert.deepEqual([...one.problems, ...other.problems], []);
});
