/** Byte sizes and rates, as people write and read them. */

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  K: 2 ** 10,
  M: 2 ** 20,
  G: 2 ** 30,
};

/** Bytes of `1GiB`, `64 MiB`, `1.5G` or `65536`; undefined for anything else. */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  if (match === null) return undefined;
  const unit = UNITS[match[2].toUpperCase()];
  if (unit === undefined) return undefined;
  const bytes = Number(match[1]) * unit;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

export function formatBytes(bytes: number): string {
  const magnitude = Math.abs(bytes);
  if (magnitude >= 2 ** 30) return `${(bytes / 2 ** 30).toFixed(2)} GiB`;
  if (magnitude >= 2 ** 20) return `${(bytes / 2 ** 20).toFixed(2)} MiB`;
  if (magnitude >= 2 ** 10) return `${(bytes / 2 ** 10).toFixed(1)} KiB`;
  return `${bytes.toFixed(0)} B`;
}

export function formatCount(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** Events or operations per second: `12.3 M/s`. */
export function formatRate(perSecond: number): string {
  if (perSecond >= 1e6) return `${(perSecond / 1e6).toFixed(perSecond >= 1e8 ? 0 : 1)} M/s`;
  if (perSecond >= 1e3) return `${(perSecond / 1e3).toFixed(1)} k/s`;
  return `${perSecond.toFixed(1)} /s`;
}

/** A share as a signed percentage: `+1.25 %`. */
export function formatPercent(share: number): string {
  const text = (share * 100).toFixed(2);
  const zero = Number(text) === 0;
  return `${zero ? '' : share > 0 ? '+' : '−'}${text.replace('-', '')} %`;
}

/** A number with so many digits behind its point; what rounds to 0 has no sign. */
export function formatSigned(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace('-', '') : text.replace('-', '−');
}
