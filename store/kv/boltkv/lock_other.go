//go:build !linux

package boltkv

import "os"

// holder names the process that has path locked, which only Linux tells.
func holder(string) string { return "another process" }

// release closes f.
func release(f *os.File) { f.Close() }
