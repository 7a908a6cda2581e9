import type { HttpResponse } from "../../../transport/http";

/** Autodiscover version 2: one request without credentials, one URL in return. */
export type JsonAnswer = { url: string } | { problem: string };

export function jsonUrl(origin: string, address: string): URL {
  return new URL(`/autodiscover/autodiscover.json/v1.0/${encodeURIComponent(address)}?Protocol=EWS`, origin);
}

/** The URL, or in one clause what came back instead. Error codes are quoted and decide nothing: they are documented nowhere. */
export function readJson({ status, body }: HttpResponse): JsonAnswer {
  const answer = parsed(body);
  const code = text(answer.ErrorCode);
  if (code !== undefined) {
    const message = text(answer.ErrorMessage);
    return { problem: `HTTP ${status}, ${code}${message === undefined ? "" : `: ${message}`}` };
  }
  if (status !== 200) return { problem: `HTTP ${status}` };
  const url = text(answer.Url);
  if (url === undefined || text(answer.Protocol)?.toLowerCase() !== "ews")
    return { problem: "HTTP 200, but no URL of EWS" };
  return { url };
}

function parsed(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
