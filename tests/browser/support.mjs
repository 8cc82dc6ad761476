// SPDX-License-Identifier: Apache-2.0
// Chromium, windows in it, and what tests do with the to-do page.

import { mkdirSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { AppServer, eventually } from "../support/js/app_server.mjs";

export { AppServer, eventually };

/** What the build says: where the programs, the pages and the folder for pictures are. */
export const build = JSON.parse(process.env.DYNR_BROWSER);

export async function launch() {
    return chromium.launch({
        executablePath: process.env.CHROMIUM,
        // The sandbox needs users of its own, which containers do not give to root.
        args: process.getuid() === 0 ? ["--no-sandbox"] : [],
    });
}

/** A window of its own, as another person's browser. Errors of the page are kept in `page.problems`. */
export async function openWindow(browser, url, options = {}) {
    const context = await browser.newContext({ viewport: { width: 1100, height: 760 }, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    page.problems = [];
    page.on("pageerror", (error) => page.problems.push(String(error)));
    await page.goto(url);
    return page;
}

/** Waits until nothing moves or changes its colour any more. */
export const atRest = (page) => page.waitForFunction(() => document.getAnimations()
    .every(({ playState, effect }) => playState !== "running" || effect.getComputedTiming().iterations === Infinity));

export async function shoot(page, name) {
    mkdirSync(build.pictures, { recursive: true });
    await page.screenshot({ path: join(build.pictures, `${name}.png`) });
}

// ---- the to-do page ----

export async function signIn(page, email, name) {
    await page.fill("#sign-in input[name=email]", email);
    await page.fill("#sign-in input[name=name]", name);
    await page.click("#sign-in .primary");
    await page.waitForSelector("#app:not([hidden])");
}

export async function createList(page, title) {
    await page.fill("#new-list input[name=title]", title);
    await page.keyboard.press("Enter");
    await page.waitForFunction((wanted) => document.querySelector("#list-title").textContent === wanted, title);
}

export async function addTodo(page, text) {
    await page.fill("#new-text", text);
    await page.keyboard.press("Enter");
}

export const texts = (page) => page.$$eval("#todos .text", (elements) => elements.map((element) => element.textContent));

/** Waits until the page shows these tasks, in this order. */
export async function shows(page, wanted, what = "the tasks") {
    let last;
    await eventually(`${what}: ${wanted.join(", ")}`, async () => {
        last = await texts(page);
        return last.join("\n") === wanted.join("\n");
    }).catch((error) => {
        throw new Error(`${error.message}; it shows: ${last.join(", ")}`);
    });
}

export const connectionSays = (page, words) =>
    page.waitForFunction((wanted) => document.querySelector("#connection").textContent.trim() === wanted, words);

// ---- the network ----

/** The way to a server, which can be cut: windows that go through it lose their sockets, and come back when it is mended. */
export class Cable {
    constructor(server) {
        this.server = server;
        this.sockets = new Set();
        this.isCut = false;
        this.listener = createServer((near) => {
            if (this.isCut) return void near.destroy();
            const far = connect(this.server.port, "127.0.0.1");
            for (const [one, other] of [[near, far], [far, near]]) {
                this.sockets.add(one);
                one.pipe(other);
                one.on("error", () => other.destroy());
                one.on("close", () => {
                    this.sockets.delete(one);
                    other.destroy();
                });
            }
        });
    }

    async lay() {
        await new Promise((resolve) => this.listener.listen(0, "127.0.0.1", resolve));
        this.url = `http://127.0.0.1:${this.listener.address().port}`;
        return this;
    }

    cut() {
        this.isCut = true;
        this.sockets.forEach((socket) => socket.destroy());
    }

    mend() {
        this.isCut = false;
    }

    remove() {
        this.cut();
        this.listener.close();
    }
}

// ---- what can be measured ----

/** Begins to measure a page; the function that it gives says what was since then, and begins anew. */
export async function watchWork(page) {
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable", { timeDomain: "threadTicks" });
    await page.evaluate(() => {
        globalThis.work = { long: [], frames: [] };
        new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => work.long.push(duration))).observe({ type: "longtask" });
        let last = performance.now();
        const tick = (now) => {
            work.frames.push(now - last);
            last = now;
            requestAnimationFrame(tick);
        };
        requestAnimationFrame(tick);
    });
    const busyTime = async () => {
        const { metrics } = await session.send("Performance.getMetrics");
        return 1000 * metrics.find(({ name }) => name === "TaskDuration").value;
    };
    let before = await busyTime();
    return async () => {
        const now = await busyTime();
        const busy = Math.round(now - before);
        before = now;
        const { long, frames } = await page.evaluate(() => ({ long: work.long.splice(0), frames: work.frames.splice(0).sort((a, b) => a - b) }));
        const median = frames[Math.floor(frames.length / 2)] ?? 0;
        const words = `${busy} ms of processor time, ${frames.length} frames, the median one ${median.toFixed(1)} ms, `
            + `${long.length} long tasks, the longest ${Math.round(Math.max(0, ...long))} ms`;
        return { busy, frames, long, words };
    };
}

/** Texts whose contrast with what is behind them is below WCAG's AA: 4.5, large ones 3. */
export function poorContrast() {
    const rgb = (text) => text.match(/[\d.]+/g).map(Number);
    const luminance = ([r, g, b]) => {
        const [x, y, z] = [r, g, b].map((value) => {
            const part = value / 255;
            return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const behind = (element) => {
        for (let at = element; at !== null; at = at.parentElement) {
            const colour = rgb(getComputedStyle(at).backgroundColor);
            if (colour.length === 3 || colour[3] === 1) return colour;
        }
        return [255, 255, 255];
    };
    const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== "");
    return [...document.querySelectorAll("body *")]
        .filter((element) => element.checkVisibility({ opacityProperty: true }) && hasText(element)
            && !element.matches(".hidden, .hidden *, .skip, option"))
        .map((element) => {
            const style = getComputedStyle(element);
            const [a, b] = [luminance(rgb(style.color)), luminance(behind(element))].sort((x, y) => y - x);
            const ratio = (a + 0.05) / (b + 0.05);
            const isLarge = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
            return { text: element.textContent.trim().slice(0, 30), ratio: Math.round(ratio * 100) / 100, wanted: isLarge ? 3 : 4.5 };
        })
        .filter(({ ratio, wanted }) => ratio < wanted);
}

/** Elements that stick out of the window to the right. */
export function overflowing() {
    return [...document.querySelectorAll("body *")]
        .filter((element) => element.checkVisibility() && !element.matches(".hidden, .hidden *, .skip, #lists li, #lists li *")
            && element.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5)
        .map((element) => `${element.tagName}.${element.className}#${element.id}`);
}
