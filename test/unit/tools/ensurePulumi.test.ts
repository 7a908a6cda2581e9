import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAtLeast } from "../../../tools/pulumi/cli";
import { ensurePulumi, findPulumi } from "../../../tools/pulumi/ensure";
import { builtVersion } from "../../../tools/pulumi/goBuild";
import { repositoryRoot } from "../../../tools/repository";

const host = "pulumi-language-nodejs";
const launcher = "pulumi-resource-pulumi-nodejs";

describe("a Pulumi CLI for everyone", () => {
  let folder: string;
  let silent: Server;
  let site: string;
  let lines: string[];
  const log = (line: string) => lines.push(line);

  beforeEach(async () => {
    lines = [];
    folder = mkdtempSync(join(tmpdir(), "ensure-pulumi-"));
    // A closed port: nothing can be downloaded.
    silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    site = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
    await new Promise((resolve) => silent.close(resolve));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function executable(path: string, script: string): void {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, path), 0o755);
  }
  function cli(bin: string, version = "3.250.0"): void {
    executable(`${bin}/pulumi`, `echo v${version}`);
    executable(`${bin}/${host}`, "exit 0");
    executable(`${bin}/${launcher}`, "exit 0");
  }
  const environment = (...bins: string[]) => ({
    PATH: [...bins.map((bin) => join(folder, bin)), "/bin"].join(":"),
    PULUMI_HOME: join(folder, "home"),
    HOME: folder,
  });
  const ensure = (...bins: string[]) => ensurePulumi({ env: environment(...bins), downloadSite: site, log });

  test("takes the installed one first", async () => {
    cli("bin");
    cli(`home/versions/${builtVersion}/bin`);
    expect(await ensure("bin")).toEqual({ folder: join(folder, "bin"), version: "3.250.0", source: "installed" });
    expect(lines).toEqual([]);
  });

  test("follows a link to where the language host lies", async () => {
    cli("opt/pulumi");
    mkdirSync(join(folder, "bin"));
    symlinkSync(join(folder, "opt/pulumi/pulumi"), join(folder, "bin/pulumi"));
    expect(await ensure("bin")).toMatchObject({ folder: join(folder, "opt/pulumi"), source: "installed" });
  });

  test.each([
    [
      "an older one",
      () => {
        cli("bin", "3.247.9");
      },
    ],
    [
      "one without its language host",
      () => {
        executable("bin/pulumi", "echo v3.260.0");
      },
    ],
    [
      "one that does not answer",
      () => {
        executable("bin/pulumi", "exit 1");
      },
    ],
    [
      "the npm wrapper's shim",
      () => {
        cli("node_modules/.bin");
      },
    ],
  ])("passes over %s, to the wrapper's copy", async (_what, place) => {
    place();
    cli(`home/versions/${builtVersion}/bin`, builtVersion);
    expect(await ensure("bin", "node_modules/.bin")).toMatchObject({ version: builtVersion, source: "wrapper" });
    expect(await findPulumi(environment("bin"))).toMatchObject({ version: builtVersion });
  });

  test("builds with Go where nothing can be downloaded, and says what it does and why", async () => {
    executable(
      "bin/go",
      `[ "$1" = env ] && echo go1.26.8 && exit 0
echo "go: downloading example.invalid/module v1.0.0" >&2
case "$PWD" in
*/cli) printf '#!/bin/sh\\necho v${builtVersion}\\n' >"$GOBIN/pulumi"; chmod +x "$GOBIN/pulumi" ;;
*/host) printf '#!/bin/sh\\n' >"$GOBIN/${host}"; chmod +x "$GOBIN/${host}" ;;
esac`,
    );
    const bin = join(folder, "home/versions", builtVersion, "bin");
    expect(await ensure("bin")).toEqual({ folder: bin, version: builtVersion, source: "built" });
    expect(lines[0]).toMatch(/^No Pulumi CLI is installed and none can be downloaded here: building 3\.\d+\.\d+/);
    expect(existsSync(join(bin, launcher))).toBe(true);
    // What was built serves the next run as the wrapper's copy.
    expect(await ensure()).toMatchObject({ folder: bin, source: "wrapper" });
  });

  test("leaves nothing behind when the build fails, and names all three ways", async () => {
    executable("bin/go", '[ "$1" = env ] && echo go1.26.8 && exit 0; echo "no space left" >&2; exit 1');
    await expect(ensure("bin")).rejects.toThrow(
      /^pulumi-cli-missing: .*installed: no pulumi on PATH; download: 127\.0\.0\.1 cannot be reached; build: building the CLI failed: no space left\. Install Pulumi .*or allow HTTPS to .*or put Go 1\.26 or later on PATH\.$/,
    );
    expect(existsSync(join(folder, "home/versions", builtVersion))).toBe(false);
  });

  test("does not try an older Go", async () => {
    executable("bin/go", "echo go1.25.3");
    await expect(ensure("bin")).rejects.toThrow("build: Go 1.25.3 is older than 1.26.0");
  });

  test("gives up a silent download site within 10 s", async () => {
    const accepted = createServer(() => undefined);
    await new Promise<void>((resolve) => accepted.listen(0, "127.0.0.1", resolve));
    const start = performance.now();
    const port = (accepted.address() as AddressInfo).port;
    await expect(ensurePulumi({ env: environment(), downloadSite: `http://127.0.0.1:${port}/`, log })).rejects.toThrow(
      "download: 127.0.0.1 cannot be reached; build: no go on PATH",
    );
    expect(performance.now() - start).toBeLessThan(10_000);
    accepted.close();
  }, 15_000);

  test("the wrapper, the modules and this tool agree on the version", () => {
    const manifest = JSON.parse(readFileSync(join(repositoryRoot, "package.json"), "utf8")) as {
      devDependencies: Record<string, string>;
    };
    expect(manifest.devDependencies.pulumi).toBe(builtVersion);
    expect(readFileSync(join(repositoryRoot, "tools/pulumi/go/cli/go.mod"), "utf8")).toContain(
      `github.com/pulumi/pulumi/pkg/v3 v${builtVersion}`,
    );
  });

  test.each([
    ["3.248.0", "3.248.0", true],
    ["3.249.0-alpha.1", "3.248.0", true],
    ["3.99.9", "3.248.0", false],
    ["4.0.0", "3.248.0", true],
  ])("%s at least %s: %s", (a, b, expected) => {
    expect(isAtLeast(a, b)).toBe(expected);
  });
});
