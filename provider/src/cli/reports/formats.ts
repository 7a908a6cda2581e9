import type { Report, ReportSource } from "../report";
import { renderJson } from "./json";
import { renderJunit } from "./junit";
import { renderMarkdown } from "./markdown";
import { renderSarif } from "./sarif";
import { renderText } from "./text";

const renderers = {
  text: renderText,
  json: renderJson,
  markdown: renderMarkdown,
  junit: renderJunit,
  sarif: renderSarif,
} satisfies Record<string, (report: Report, source: ReportSource) => string>;

export type Format = keyof typeof renderers;
export const formats = Object.keys(renderers) as Format[];

/** The whole report with its final line break. */
export function render(format: Format, report: Report, source: ReportSource): string {
  return renderers[format](report, source);
}
