// SPDX-License-Identifier: Apache-2.0
// The chat in a real browser: what is said is seen, and membership opens and closes a room.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AppServer, build, eventually, launch, openWindow, overflowing, poorContrast, shoot } from "./support.mjs";

let browser;
let server;

before(async () => {
    [browser, server] = await Promise.all([launch(), new AppServer({ program: build.chat.program, pages: build.chat.pages }).start()]);
});
after(async () => {
    await browser?.close();
    await server?.destroy();
});

async function join(handle) {
    const page = await openWindow(browser, server.url);
    await page.fill("[name=handle]", handle);
    await page.click(".primary");
    await page.waitForSelector("#app:not([hidden])");
    return page;
}

async function say(page, text) {
    await page.fill("#say [name=text]", text);
    await page.keyboard.press("Enter");
}

const said = (page) => page.$$eval(".message p", (elements) => elements.map((element) => element.textContent).join(", "));
const hears = (page, words) => eventually(`hears ${words}`, async () => (await said(page)) === words);

test("a room opens for who is invited and closes for who is sent away", async () => {
    const [ada, grace] = [await join("Ada"), await join("Grace")];
    await grace.waitForSelector("#no-room:not([hidden])");
    await shoot(grace, "chat-no-room");
    await ada.fill("#new-room [name=name]", "Compilers");
    await ada.keyboard.press("Enter");
    await ada.waitForSelector("#room:not([hidden])");
    await say(ada, "Hello?");
    const invite = async () => {
        await ada.fill("#invite [name=handle]", "grace");
        await ada.keyboard.press("Enter");
    };
    await invite();
    await hears(grace, "Hello?");
    await say(grace, "Hello!");
    await hears(ada, "Hello?, Hello!");
    for (let i = 0; i < 30; i++) await say(i % 2 ? ada : grace, `Word ${i}`);
    await eventually("all is heard", async () => (await said(ada)).split(", ").length === 32 && (await said(ada)) === (await said(grace)));
    await eventually("the last word is in sight", () =>
        grace.$eval("#messages", ({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight < 2));
    for (const scheme of ["light", "dark"]) {
        await ada.emulateMedia({ colorScheme: scheme });
        for (const [size, width] of [["wide", 1100], ["narrow", 360]]) {
            await ada.setViewportSize({ width, height: 760 });
            assert.deepEqual(await ada.evaluate(poorContrast), [], `${scheme}, ${size}`);
            assert.deepEqual(await ada.evaluate(overflowing), [], `${scheme}, ${size}`);
            await shoot(ada, `chat-${scheme}-${size}`);
        }
    }
    await ada.getByLabel("Send Grace away").click();
    await grace.waitForSelector("#no-room:not([hidden])");
    assert.equal(await said(grace), "");
    assert.equal(await grace.locator("#rooms li").count(), 0);
    await say(ada, "Only me");
    await invite();
    await eventually("the room is there again", async () => (await said(grace)).endsWith("Only me"));
    await grace.click("#leave");
    await grace.waitForSelector("#no-room:not([hidden])");
    assert.deepEqual([...ada.problems, ...grace.problems], []);
});
