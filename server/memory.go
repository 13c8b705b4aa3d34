package server

import (
	"os"
	"runtime/debug"
)

// The working set is small and most memory is garbage of requests, so Go's default
// of collecting whenever the heap has doubled spends a quarter of the processor
// on it under load. Growing fivefold costs some tens of megabytes; the limit
// keeps a full cache from multiplying, too.
const (
	gcPercent   = 400
	memoryLimit = 192 << 20 // bytes, soft
)

// TuneMemory sets the garbage collector for a server, unless GOGC or GOMEMLIMIT
// say something else. It is for a program's main, once.
func TuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}
