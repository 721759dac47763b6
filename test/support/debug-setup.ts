import { debugSettings } from '../../src/hardened/settings.js';

// Many tests leave blocks in use on purpose; those of leak reports ask for them.
debugSettings.onLeaks = undefined;
