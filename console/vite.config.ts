/// <reference types="vitest/config" />
import { promises as files } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const OUT = path.resolve(__dirname, "../src/futago/api/static");
const COMPRESSED = /\.(js|css|svg|html)$/;

/** Writes each text file compressed beside itself, so that the service compresses nothing. */
function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    async closeBundle() {
      const entries = await files.readdir(OUT, { recursive: true, withFileTypes: true });
      const found = entries.filter((entry) => entry.isFile() && COMPRESSED.test(entry.name));
      const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };
      await Promise.all(
        found.map(async (entry) => {
          const name = path.join(entry.path, entry.name);
          const content = await files.readFile(name);
          await files.writeFile(`${name}.gz`, await promisify(gzip)(content, { level: 9 }));
          await files.writeFile(`${name}.br`, await promisify(brotliCompress)(content, quality));
        }),
      );
    },
  };
}

export default defineConfig({
  base: "/console/",
  plugins: [react(), compressed()],
  build: {
    outDir: OUT,
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2000,
    target: "es2022",
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
