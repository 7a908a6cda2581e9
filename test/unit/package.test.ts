import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "../../tools/repository";

interface Packed {
  filename: string;
  size: number;
  files: { path: string }[];
}

describe("the npm package", () => {
  let folder: string;
  let packed: Packed | undefined;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "package-"));
    const output = execFileSync(
      "npm",
      ["pack", "--workspace", "provider", "--json", "--ignore-scripts", "--pack-destination", folder],
      { cwd: repositoryRoot, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
    );
    [packed] = JSON.parse(output) as Packed[];
  }, 60_000);
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test("holds compiled code, types, README and license, and nothing else", () => {
    const paths = packed?.files.map(({ path }) => path) ?? [];
    expect(paths).toEqual(expect.arrayContaining(["LICENSE", "README.md", "package.json"]));
    expect(paths).toEqual(expect.arrayContaining(["dist/index.js", "dist/index.d.ts", "dist/runtime/index.js"]));
    const others = paths.filter((path) => !/^dist\/.+(\.js|\.d\.ts)$/.test(path));
    expect(others.sort()).toEqual(["LICENSE", "README.md", "bin/pulumi-server-side-sync.js", "package.json"]);
  });

  test("is found by its name and by ./runtime, and by nothing deeper", () => {
    mkdirSync(join(folder, "node_modules"));
    execFileSync("tar", ["-xzf", join(folder, packed?.filename ?? ""), "-C", join(folder, "node_modules")]);
    execFileSync("mv", [join(folder, "node_modules/package"), join(folder, "node_modules/pulumi-server-side-sync")]);
    const resolve = (name: string) =>
      execFileSync(process.execPath, ["-p", `require.resolve(${JSON.stringify(name)})`], {
        cwd: folder,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      });
    expect(resolve("pulumi-server-side-sync")).toContain("dist/index.js");
    expect(resolve("pulumi-server-side-sync/runtime")).toContain("dist/runtime/index.js");
    expect(() => resolve("pulumi-server-side-sync/dist/errors.js")).toThrow();
  });

  test("brings a command line that runs", () => {
    const bin = join(folder, "node_modules/pulumi-server-side-sync/bin/pulumi-server-side-sync.js");
    const env = { ...process.env, NODE_PATH: join(repositoryRoot, "node_modules") };
    const input = JSON.stringify({ profiles: [{ emailSystem: "exchange-server-2003", autodiscover: true }] });
    const { status, stdout } = spawnSync(process.execPath, [bin, "assess"], { input, env, encoding: "utf8" });
    expect(stdout).toContain("exchange-server-2003-2007");
    expect(status).toBe(1);
  });

  test("the core loads neither a mail library nor a protocol", () => {
    const script = `require("pulumi-server-side-sync/runtime"); require("pulumi-server-side-sync");
      console.log(Object.keys(require.cache).filter((file) => /imapflow|nodemailer|dist.testing|dist.transport.dialog/.test(file)).join())`;
    const loaded = execFileSync(process.execPath, ["-e", script], { cwd: repositoryRoot, encoding: "utf8" });
    expect(loaded.trim()).toBe("");
  });

  test("a test over IMAP and SMTP loads nothing of Exchange and of OAuth", () => {
    const script = `const { runMailboxTest } = require("./provider/dist/testing/mailboxTest");
      const side = (protocol) => ({ endpoint: { protocol, host: "127.0.0.1", port: 1, security: "tls" },
        signIn: { type: "password", username: "u", password: "p" } });
      runMailboxTest({ emailAddress: "a@b.c", incoming: side("imap"), outgoing: side("smtp"), roundTrip: false,
        timeoutSeconds: 10, maxConcurrentTests: 1 }).then((results) => {
          const loaded = Object.keys(require.cache).map((file) => /node_modules.(ews-javascript-api|@azure.msal-node|imapflow)./.exec(file)?.[1]);
          console.log([...results.map(({ code }) => code ?? ""), ...new Set(loaded.filter(Boolean))].join());
        });`;
    const printed = execFileSync(process.execPath, ["-e", script], { cwd: repositoryRoot, encoding: "utf8" });
    expect(printed.trim()).toBe("connection-refused,connection-refused,,imapflow");
  });

  test("an assessment loads no test of mail servers, no transport and no back end", () => {
    const script = `const { assessStack } = require("pulumi-server-side-sync");
      assessStack([{ profile: { emailSystem: "gmail" }, mailbox: { emailAddress: "a@b.c" } }]);
      console.log(Object.keys(require.cache).filter((file) => /provider.dist.(testing|transport|backends|runtime|cli)./.test(file)).join())`;
    const loaded = execFileSync(process.execPath, ["-e", script], { cwd: repositoryRoot, encoding: "utf8" });
    expect(loaded.trim()).toBe("");
  });

  test("dependencies are pinned", () => {
    const manifest = JSON.parse(readFileSync(join(repositoryRoot, "provider/package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    for (const version of Object.values(manifest.dependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  });
});
