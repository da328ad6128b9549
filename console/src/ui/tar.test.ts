import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { tar } from "./tar";

test("tar unpacks what was packed, with modes", () => {
  const directory = mkdtempSync(path.join(tmpdir(), "tar-"));
  try {
    const long = "日本\n".repeat(1000);
    const archive = tar(
      [
        { path: "swanctl.conf", mode: "0600", text: "secret = 0x00\n" },
        { path: "device/hook", mode: "0755", text: "" },
        { path: "long", mode: "0644", text: long },
      ],
      1_700_000_000_000,
    );
    expect(archive.length % 512).toBe(0);
    writeFileSync(path.join(directory, "a.tar"), archive);
    execFileSync("tar", ["-xpf", "a.tar"], { cwd: directory });
    expect(readFileSync(path.join(directory, "long"), "utf-8")).toBe(long);
    expect(readFileSync(path.join(directory, "swanctl.conf"), "utf-8")).toBe("secret = 0x00\n");
    const mode = (name: string) => statSync(path.join(directory, name)).mode & 0o777;
    expect([mode("swanctl.conf"), mode("device/hook"), mode("long")]).toEqual([0o600, 0o755, 0o644]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
