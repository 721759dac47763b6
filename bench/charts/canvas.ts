/** Charts as SVG text, by Observable Plot on a document without a browser. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

/** Wide enough for a phone held upright, so that text stays readable there. */
export const CHART_WIDTH = 460;

const COLORS: Readonly<Record<string, string>> = {
  hakmem: '#d6004b',
  glibc: '#444444',
  mimalloc: '#1f6fd0',
  jemalloc: '#2a9d3a',
  tcmalloc: '#e08a00',
  'wasm-dlmalloc': '#7a4fc0',
  'wasm-tlsf': '#b07ae0',
  '@thi.ng/malloc': '#8c6d4f',
  'Buffer.allocUnsafe': '#0f9a94',
  Uint8Array: '#6aa84f',
  SharedArrayBuffer: '#a64d79',
  live: '#999999',
};

export function colorOf(contender: string): string {
  return COLORS[contender] ?? '#777777';
}

const LEGEND_LINE = 18;
const LETTER_WIDTH = 7.2;

/** Draws a plot with a legend above it; the SVG stands on its own, on white. */
export function draw(options: Plot.PlotOptions, contenders: readonly string[]): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const entries = layLegend(contenders);
  const legendHeight = contenders.length === 0 ? 0 : (entries.at(-1)?.y ?? 0) + LEGEND_LINE;
  const svg = Plot.plot({
    width: CHART_WIDTH,
    ...options,
    marginTop: (options.marginTop ?? 24) + legendHeight,
    ...(options.height === undefined ? {} : { height: options.height + legendHeight }),
    document,
    color: { domain: [...contenders], range: contenders.map(colorOf) },
    style: { background: 'white', color: '#222', fontFamily: 'system-ui, sans-serif' },
  });
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  for (const { name, x, y } of entries) {
    append(svg, document, 'circle', { cx: x, cy: y + 9, r: 5, fill: colorOf(name) });
    append(
      svg,
      document,
      'text',
      { x: x + 9, y: y + 13, 'font-size': 12, 'text-anchor': 'start' },
      name,
    );
  }
  return svg.outerHTML;
}

/** Entries from left to right, in lines as wide as a chart. */
function layLegend(contenders: readonly string[]): { name: string; x: number; y: number }[] {
  let [x, y] = [10, 2];
  return contenders.map((name) => {
    const width = 24 + name.length * LETTER_WIDTH;
    if (x + width > CHART_WIDTH) [x, y] = [10, y + LEGEND_LINE];
    const entry = { name, x, y };
    x += width;
    return entry;
  });
}

function append(
  svg: Element,
  document: { createElementNS(space: string, name: string): unknown },
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  text = '',
): void {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name) as Element;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.textContent = text;
  svg.append(element);
}
