/** Allocators that hakmem is measured against, in C or in JavaScript. */

/** Runs the C twins. */
export interface NativePeer {
  readonly kind: 'native';
  readonly name: string;
  /** The library to preload; undefined: the C library's own allocator. */
  readonly preload: string | undefined;
  /** Environment variables that it reads. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Runs hakmem's own programs. */
export interface ScriptPeer {
  readonly kind: 'script';
  readonly name: string;
  /** Its WebAssembly module. */
  readonly file?: string;
  /** Turns that it does for each of hakmem's, so that a slow one does not hold up the others. */
  readonly share: number;
  /** child/main.js of another build of hakmem, which is what it then is. */
  readonly program?: string;
}

export type Peer = NativePeer | ScriptPeer;

export interface FoundPeers {
  readonly peers: readonly Peer[];
  /** What is not there, and how to get it. */
  readonly missing: readonly string[];
}
