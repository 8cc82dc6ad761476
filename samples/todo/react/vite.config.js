// SPDX-License-Identifier: Apache-2.0
import { defineConfig } from "vite";

const SERVER = "127.0.0.1:8787";

export default defineConfig({
    esbuild: { jsx: "automatic" },
    server: {
        // While developing, Vite serves the page and the app's server answers beside it.
        proxy: { "/rpc": `http://${SERVER}`, "/live": { target: `ws://${SERVER}`, ws: true } },
        fs: { allow: [".."] },
    },
});
