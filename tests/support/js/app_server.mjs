// SPDX-License-Identifier: Apache-2.0
// A sample's server as a process of its own, on loopback, with a data file in a folder of its own.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Sanitized servers on busy machines are slow: these end what would never come, and no more.
const START_TIMEOUT = 60_000;
const STOP_TIMEOUT = 60_000;
const PATIENCE = 60_000;

export class AppServer {
    /** @param {{program: string, pages?: string, words?: string[], files?: object}} options `pages`: folder for --static; `words`: further
     *  arguments ("--dev" unless given), where FOLDER stands for the server's folder; `files`: name to text, written there first */
    constructor({ program, pages, words = ["--dev"], files = {} }) {
        Object.assign(this, { program, pages, words, files, port: 0, errors: "" });
    }

    async start() {
        if (this.folder === undefined) {
            this.folder = await mkdtemp(join(tmpdir(), "dynr-server-"));
            for (const [name, text] of Object.entries(this.files)) await writeFile(join(this.folder, name), text);
        }
        const words = ["serve", "--store", join(this.folder, "store.db"), "--listen", `127.0.0.1:${this.port}`,
            ...(this.pages === undefined ? [] : ["--static", this.pages]),
            ...this.words.map((word) => word.replace("FOLDER", this.folder))];
        this.process = spawn(this.program, words, { stdio: ["ignore", "pipe", "pipe"] });
        this.process.stderr.on("data", (text) => (this.errors += text));
        this.ended = once(this.process, "exit");
        this.port = await this.readPort();
        return this;
    }

    /** A port that the system chose is kept for the next start. */
    readPort() {
        return new Promise((resolve, reject) => {
            let said = "";
            const timer = setTimeout(() => reject(new Error(`the server does not listen: ${said}${this.errors}`)), START_TIMEOUT);
            this.process.stdout.on("data", (text) => {
                said += text;
                const match = /:(\d+)\n/.exec(said);
                if (match === null) return;
                clearTimeout(timer);
                resolve(Number(match[1]));
            });
            this.process.once("error", reject);
            this.process.once("exit", () => reject(new Error(`the server ended: ${said}${this.errors}`)));
        });
    }

    get url() {
        return `http://127.0.0.1:${this.port}`;
    }

    /** SIGTERM; throws unless the server ends well and in time. What is stored stays. */
    async stop() {
        if (this.process === undefined) return;
        const { process: server } = this;
        this.process = undefined;
        const timer = setTimeout(() => server.kill("SIGKILL"), STOP_TIMEOUT);
        server.kill("SIGTERM");
        const [status, signal] = await this.ended;
        clearTimeout(timer);
        if (status !== 0) throw new Error(`the server ended with ${status ?? signal}: ${this.errors}`);
    }

    async destroy() {
        await this.stop();
        if (this.folder !== undefined) await rm(this.folder, { recursive: true, force: true });
    }
}

/** Waits until `condition` holds, which is looked at every 20 ms. Throws with `what` when it does not in time. */
export async function eventually(what, condition, timeout = PATIENCE) {
    const end = Date.now() + timeout;
    for (;;) {
        const value = await condition();
        if (value) return value;
        if (Date.now() > end) throw new Error(`not within ${timeout} ms: ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
}
