import type { Report } from "../report";
import { renderJson } from "./json";
import { renderJunit } from "./junit";
import { renderMarkdown } from "./markdown";
import { renderSarif } from "./sarif";
import { renderText } from "./text";

/** What a report says of itself. */
export interface ReportSource {
  /** The file that was judged. */
  file: string;
  /** Version of this package. */
  version: string;
}

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
