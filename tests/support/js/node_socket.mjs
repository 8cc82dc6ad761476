// SPDX-License-Identifier: Apache-2.0
// The standard WebSocket as far as the client uses it, for Node before 22, which has none: text frames over loopback, no TLS.

import { createHash, randomBytes } from "node:crypto";
import { request } from "node:http";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

export class NodeSocket {
    onopen = null;
    onmessage = null;
    onerror = null;
    onclose = null;

    constructor(url, protocol) {
        const key = randomBytes(16).toString("base64");
        this.rest = Buffer.alloc(0);
        this.parts = [];
        this.request = request(url.replace(/^ws/, "http"), {
            headers: {
                connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13", "sec-websocket-key": key,
                "sec-websocket-protocol": protocol,
            },
        });
        this.request.on("upgrade", (response, socket, head) => {
            const wanted = createHash("sha1").update(key + GUID).digest("base64");
            if (response.headers["sec-websocket-accept"] === wanted) this.begin(socket, head);
            else socket.destroy();
        });
        this.request.on("response", () => this.end());
        this.request.on("error", () => this.end());
        this.request.end();
    }

    begin(socket, head) {
        this.socket = socket;
        socket.setNoDelay(true);
        socket.on("data", (data) => this.take(data));
        socket.on("error", () => this.end());
        socket.on("close", () => this.end());
        this.onopen?.({});
        this.take(head);
    }

    send(text) {
        this.write(TEXT, Buffer.from(text));
    }

    close() {
        if (this.socket === undefined) this.request.destroy();
        else this.write(CLOSE, Buffer.from([0x03, 0xe8]));
        this.socket?.end();
    }

    /** Once, whatever ended it. */
    end() {
        if (this.hasEnded) return;
        this.hasEnded = true;
        this.socket?.destroy();
        this.onerror?.({});
        this.onclose?.({});
    }

    /** Clients mask what they send. */
    write(opcode, payload) {
        if (this.socket === undefined || this.socket.destroyed) return;
        const mask = randomBytes(4);
        const head = payload.length < 126 ? Buffer.from([0x80 | opcode, 0x80 | payload.length]) : Buffer.alloc(4);
        if (payload.length >= 126) {
            // Longer messages than 64 KB the server does not take.
            head[0] = 0x80 | opcode;
            head[1] = 0xfe;
            head.writeUInt16BE(payload.length, 2);
        }
        this.socket.write(Buffer.concat([head, mask, payload.map((byte, i) => byte ^ mask[i & 3])]));
    }

    take(data) {
        this.rest = Buffer.concat([this.rest, data]);
        for (let frame = readFrame(this.rest); frame !== undefined; frame = readFrame(this.rest)) {
            this.rest = this.rest.subarray(frame.end);
            this.frame(frame);
        }
    }

    frame({ opcode, final, payload }) {
        if (opcode === PING) this.write(PONG, payload);
        else if (opcode === CLOSE) this.socket.end();
        else if (opcode < CLOSE) {
            this.parts.push(payload);
            if (!final) return;
            const text = Buffer.concat(this.parts).toString();
            this.parts = [];
            this.onmessage?.({ data: text });
        }
    }
}

/** The first frame, or undefined where not all of it is there. Servers do not mask. */
function readFrame(data) {
    if (data.length < 2) return undefined;
    const short = data[1] & 0x7f;
    const start = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (data.length < start) return undefined;
    const length = short < 126 ? short : short === 126 ? data.readUInt16BE(2) : Number(data.readBigUInt64BE(2));
    const end = start + length;
    if (data.length < end) return undefined;
    return { opcode: data[0] & 0x0f, final: (data[0] & 0x80) !== 0, payload: data.subarray(start, end), end };
}
