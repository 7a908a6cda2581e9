import { spawn } from "node:child_process";
import { join } from "node:path";
import { cliName } from "./cli";
import { ensurePulumi, withCli } from "./ensure";

const help = `Finds or makes a working Pulumi CLI, and runs it.

  npm run pulumi                      say which CLI it is
  npm run pulumi -- <arguments>       run it: npm run pulumi -- preview
  npm run pulumi -- --optional        make one ready; where that is impossible, say so and go on
                                      (with REQUIRE_ALL=1 that is an error too)

Looked for in this order: pulumi on PATH; the copy or the download of the npm package "pulumi"; a build with Go 1.26 or later.
`;

async function main(args: readonly string[]): Promise<number> {
  if (args.length === 1 && ["--help", "-h"].includes(args[0] ?? "")) {
    process.stdout.write(help);
    return 0;
  }
  const optional = args.length === 1 && args[0] === "--optional";
  try {
    const cli = await ensurePulumi();
    if (args.length === 0 || optional) {
      process.stdout.write(`Pulumi ${cli.version} (${cli.source}) in ${cli.folder}\n`);
      return 0;
    }
    return await run(join(cli.folder, cliName), args, withCli(cli));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const goOn = optional && process.env.REQUIRE_ALL !== "1";
    process.stderr.write(goOn ? `WITHOUT THE PULUMI CLI: ${message}\n` : `${message}\n`);
    return goOn ? 0 : 1;
  }
}

function run(file: string, args: readonly string[], env: Record<string, string | undefined>): Promise<number> {
  return new Promise((resolve, reject) => {
    const cwd = process.env.INIT_CWD ?? process.cwd();
    const child = spawn(file, [...args], { env, cwd, stdio: "inherit" });
    child.once("error", reject);
    child.once("exit", (code) => {
      resolve(code ?? 1);
    });
  });
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
