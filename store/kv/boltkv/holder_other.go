//go:build !linux

package boltkv

// holder names the process that has path locked, which only Linux tells.
func holder(string) string { return "another process" }
