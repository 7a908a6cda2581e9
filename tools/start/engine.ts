import { spawn } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { cliName, type PulumiCli } from "../pulumi/cli";
import { withCli } from "../pulumi/ensure";
import { stateFolder } from "./sandboxProcess";

/** Protects nothing but the sandbox's random passwords. */
export const passphrase = "sandbox";
export const backendUrl = pathToFileURL(stateFolder).href;

/** Runs the Pulumi CLI on a local file backend, away from whatever the user is logged in to. */
export class Engine {
  private readonly env: Record<string, string | undefined>;

  constructor(
    private readonly cli: PulumiCli,
    private readonly cwd: string,
    environment: Readonly<Record<string, string>> = {},
  ) {
    this.env = {
      ...withCli(cli),
      ...environment,
      PULUMI_BACKEND_URL: backendUrl,
      PULUMI_CONFIG_PASSPHRASE: passphrase,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_NEO: "false",
      PULUMI_SUPPRESS_NEO_LINK: "true",
      PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: "true",
    };
    delete this.env.PULUMI_CONFIG_PASSPHRASE_FILE;
    delete this.env.PULUMI_STACK;
  }

  /** Shows what the CLI prints; its exit code. */
  show(...args: string[]): Promise<number> {
    process.stdout.write(`\n$ pulumi ${args.join(" ")}\n`);
    return this.run([...args, "--suppress-progress"], "inherit").then(({ code }) => code);
  }

  /** What the CLI prints; a failure is an error. */
  async ask(...args: string[]): Promise<string> {
    const { code, output } = await this.run(["--non-interactive", ...args], "pipe");
    if (code !== 0) throw new Error(`pulumi ${args[0] ?? ""} ended with exit code ${code}: ${output.trim()}`);
    return output;
  }

  private run(args: readonly string[], stdio: "inherit" | "pipe"): Promise<{ code: number; output: string }> {
    return new Promise((resolve, reject) => {
      const child = spawn(join(this.cli.folder, cliName), [...args], {
        cwd: this.cwd,
        env: this.env,
        stdio: ["ignore", stdio, stdio],
      });
      let output = "";
      const collect = (chunk: string) => (output += chunk);
      child.stdout?.setEncoding("utf8").on("data", collect);
      child.stderr?.setEncoding("utf8").on("data", collect);
      child.once("error", reject);
      child.once("close", (code) => {
        resolve({ code: code ?? 1, output });
      });
    });
  }
}
