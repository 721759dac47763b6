import { debugSettings } from '../../src/hardened/settings.js';

// Many tests leave blocks in use on purpose; those of leak reports ask for them.
debugSettings.onLeaks = undefined;
// Many heaps of the tests are small.
debugSettings.quarantineBytes = 256 * 1024;
// Recording call sites takes nearly all of the time; test/misuse/ looks at those.
debugSettings.stackFrames = 0;
