// SPDX-License-Identifier: Apache-2.0
// The other end of a WebSocket, played by the test: it sees every message of the client and says what it wants to.

import { settle } from "./fake_clock.js";

export class FakeServer {
    constructor() {
        /** All sockets that were ever opened. */
        this.sockets = [];
        /** What the next sockets do: "accept", "refuse" (close at once) or "ignore" (nothing at all). */
        this.mode = "accept";
        this.isGreeting = true;
        this.position = 1;
        this.ping = 0;
        const server = this;
        this.WebSocket = class FakeWebSocket {
            constructor(url, protocol) {
                this.url = url;
                this.protocol = protocol;
                this.received = [];
                this.isClosed = false;
                server.sockets.push(this);
                queueMicrotask(() => server.accept(this));
            }

            send(text) {
                if (this.isClosed) throw new Error("the socket is closed");
                const message = JSON.parse(text);
                this.received.push(message);
                if (message.t === "hello" && server.isGreeting) {
                    server.deliver(this, { t: "welcome", session: "s", v: server.position, ping: server.ping });
                }
            }

            close() {
                this.isClosed = true;
            }
        };
    }

    accept(socket) {
        if (this.mode === "refuse") this.drop(socket);
        else if (this.mode === "accept" && !socket.isClosed) socket.onopen?.();
    }

    get socket() {
        return this.sockets.at(-1);
    }

    deliver(socket, message) {
        queueMicrotask(() => socket.onmessage?.({ data: typeof message === "string" ? message : JSON.stringify(message) }));
    }

    /** Says these to the newest socket. */
    async say(...messages) {
        for (const message of messages) this.deliver(this.socket, message);
        await settle();
    }

    drop(socket = this.socket) {
        socket.isClosed = true;
        socket.onclose?.({ code: 1006 });
    }

    /** Messages of a kind that the newest socket received. */
    got(t, socket = this.socket) {
        return socket.received.filter((message) => message.t === t);
    }

    last(t) {
        return this.got(t).at(-1);
    }
}
