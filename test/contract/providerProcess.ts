import { spawn, type ChildProcess } from "node:child_process";
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as provider from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { repositoryRoot } from "../../tools/repository";
import { endProcess, until } from "../servers/processes";

const startMs = 20_000;
const urn = "urn:pulumi:test::contract::pulumi-nodejs:dynamic/server-side-sync:MailboxBinding::contract";

export type Bag = Record<string, unknown>;
/** What `diff` answered. */
export interface Difference {
  changes: boolean | undefined;
  replaces: string[];
  deleteBeforeReplace?: true;
}
/** How a call failed, with the partial failure that the engine would store. */
export interface CallFailure {
  code: number;
  message: string;
  initFailure?: { id: string; properties: Bag; reasons: string[] };
}

/** The dynamic provider host of `@pulumi/pulumi`, driven as the engine drives it. */
export class ProviderProcess {
  /** A call without an answer is the worst that a provider can do to the engine: it waits for ever. */
  callMs = 20_000;
  stderr = "";
  /** What came after the line with the port. */
  stdout = "";

  private constructor(
    private readonly child: ChildProcess,
    private readonly client: ResourceProviderClient,
  ) {}

  static async start(environment: Readonly<Record<string, string>> = {}): Promise<ProviderProcess> {
    const script = require.resolve("@pulumi/pulumi/cmd/dynamic-provider");
    const child = spawn(process.execPath, [script, "127.0.0.1:0"], {
      cwd: repositoryRoot,
      env: { ...process.env, ...environment, PULUMI_NODEJS_PROJECT: "contract" },
      // Like the engine: a pipe that nothing is ever written to.
      stdio: ["pipe", "pipe", "pipe"],
    });
    const port = await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error("the dynamic provider host did not start"));
      }, startMs);
      child.stdout.setEncoding("utf8").once("data", (line: string) => {
        clearTimeout(timer);
        resolve(line.trim());
      });
      child.once("exit", (code) => {
        clearTimeout(timer);
        reject(new Error(`the dynamic provider host ended with ${code ?? "a signal"}`));
      });
    });
    const client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    const process_ = new ProviderProcess(child, client);
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      process_.stderr += chunk;
    });
    child.stdout.on("data", (chunk: string) => {
      process_.stdout += chunk;
    });
    return process_;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Interrupts the process as the engine does when it is done or was interrupted itself, and says how it ended. */
  async interrupt(withinMs: number): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    this.child.kill("SIGINT");
    return this.end(withinMs);
  }

  /** Lets go of the process as an engine does that is killed, and says how it ended. */
  async abandon(withinMs: number): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    this.child.stdin?.destroy();
    return this.end(withinMs);
  }

  async stop(): Promise<void> {
    this.client.close();
    await endProcess(this.child);
  }

  async configure(config: Readonly<Record<string, string>>): Promise<void> {
    const request = new provider.ConfigureRequest();
    request.setArgs(struct(config));
    await this.call<provider.ConfigureResponse>("configure", request);
  }

  async check(olds: Bag, news: Bag): Promise<{ inputs: Bag; failures: { property: string; reason: string }[] }> {
    const request = new provider.CheckRequest();
    request.setUrn(urn);
    request.setOlds(struct(olds));
    request.setNews(struct(news));
    const response = await this.call<provider.CheckResponse>("check", request);
    return {
      inputs: bag(response.getInputs()),
      failures: response.getFailuresList().map((failure) => failure.toObject()),
    };
  }

  async diff(olds: Bag, news: Bag): Promise<Difference> {
    const request = new provider.DiffRequest();
    request.setId("id");
    request.setUrn(urn);
    request.setOlds(struct(olds));
    request.setNews(struct(news));
    const response = await this.call<provider.DiffResponse>("diff", request);
    const { DIFF_SOME, DIFF_NONE } = provider.DiffResponse.DiffChanges;
    const changes = response.getChanges();
    return {
      changes: changes === DIFF_SOME ? true : changes === DIFF_NONE ? false : undefined,
      replaces: response.getReplacesList(),
      ...(response.getDeletebeforereplace() ? { deleteBeforeReplace: true } : {}),
    };
  }

  async create(properties: Bag): Promise<{ id: string; properties: Bag }> {
    const request = new provider.CreateRequest();
    request.setUrn(urn);
    request.setProperties(struct(properties));
    const response = await this.call<provider.CreateResponse>("create", request);
    return { id: response.getId(), properties: bag(response.getProperties()) };
  }

  async read(id: string, properties: Bag): Promise<{ id: string; properties: Bag; inputs: Bag }> {
    const request = new provider.ReadRequest();
    request.setId(id);
    request.setUrn(urn);
    request.setProperties(struct(properties));
    const response = await this.call<provider.ReadResponse>("read", request);
    return { id: response.getId(), properties: bag(response.getProperties()), inputs: bag(response.getInputs()) };
  }

  async update(id: string, olds: Bag, news: Bag): Promise<Bag> {
    const request = new provider.UpdateRequest();
    request.setId(id);
    request.setUrn(urn);
    request.setOlds(struct(olds));
    request.setNews(struct(news));
    return bag((await this.call<provider.UpdateResponse>("update", request)).getProperties());
  }

  async delete(id: string, properties: Bag): Promise<void> {
    const request = new provider.DeleteRequest();
    request.setId(id);
    request.setUrn(urn);
    request.setProperties(struct(properties));
    await this.call("delete", request);
  }

  private async end(withinMs: number): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    const ended = () => this.child.exitCode !== null || this.child.signalCode !== null;
    await until("the end of the process", ended, withinMs);
    return { code: this.child.exitCode, signal: this.child.signalCode };
  }

  private call<T>(method: string, request: object): Promise<T> {
    const methods = this.client as unknown as Record<
      string,
      (
        request: object,
        metadata: grpc.Metadata,
        options: grpc.CallOptions,
        done: (error: grpc.ServiceError | null, response: T) => void,
      ) => void
    >;
    return new Promise((resolve, reject) => {
      const options = { deadline: Date.now() + this.callMs };
      methods[method]?.call(this.client, request, new grpc.Metadata(), options, (error, response) => {
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- a value that tests look into
        if (error !== null) reject(failureOf(error));
        else resolve(response);
      });
    });
  }
}

/** The failure of a call that is expected to fail. */
export async function failureFrom(call: Promise<unknown>): Promise<CallFailure> {
  try {
    await call;
  } catch (failure) {
    if (failure instanceof Error) throw failure;
    return failure as CallFailure;
  }
  throw new Error("the call was expected to fail");
}

function failureOf(error: grpc.ServiceError): CallFailure {
  const failure: CallFailure = { code: error.code, message: error.details };
  const [details] = error.metadata.get("grpc-status-details-bin");
  if (!(details instanceof Buffer)) return failure;
  const [packed] = Status.deserializeBinary(details).getDetailsList();
  if (packed === undefined) return failure;
  const init = provider.ErrorResourceInitFailed.deserializeBinary(packed.getValue_asU8());
  return {
    ...failure,
    initFailure: { id: init.getId(), properties: bag(init.getProperties()), reasons: init.getReasonsList() },
  };
}

function struct(value: Bag): Struct {
  return Struct.fromJavaScript(value as Parameters<typeof Struct.fromJavaScript>[0]);
}

function bag(value: Struct | undefined): Bag {
  return value === undefined ? {} : value.toJavaScript();
}
