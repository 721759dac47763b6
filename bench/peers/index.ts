/** Finds the peers that are wanted. */
import { findNativePeers, KEEPING_PEERS, NATIVE_PEERS } from './native.js';
import type { FoundPeers } from './peer.js';
import { findScriptPeers, FLOOR, SCRIPT_PEERS } from './script.js';

export const PEER_NAMES: readonly string[] = [...NATIVE_PEERS, ...SCRIPT_PEERS];

/** Words that stand for several peers, for none, or for what is no peer. */
export const PEER_GROUPS: Readonly<Record<string, readonly string[]>> = {
  all: PEER_NAMES,
  native: NATIVE_PEERS,
  keep: KEEPING_PEERS,
  js: SCRIPT_PEERS,
  none: [],
  [FLOOR]: [FLOOR],
};

export function findPeers(wanted: readonly string[], folder: string): FoundPeers {
  const native = findNativePeers(wanted);
  const script = findScriptPeers(wanted, folder);
  return {
    peers: [...native.peers, ...script.peers],
    missing: [...native.missing, ...script.missing],
  };
}
