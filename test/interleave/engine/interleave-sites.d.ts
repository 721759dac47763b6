/** Written by the build: every access to a shared cell, by its number. */
declare module 'interleave-sites' {
  const sites: readonly { file: string; line: number; text: string; benign: boolean }[];
  export default sites;
}
