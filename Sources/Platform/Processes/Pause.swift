// A short wait that blocks the thread, for locks that are tried again.

import Glibc

/// Blocks the calling thread.
func pause(milliseconds: UInt32) { usleep(milliseconds * 1000) }
