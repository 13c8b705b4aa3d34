//go:build !linux && !darwin

package server

import "math"

// freeSpace is not known here, which stands in nobody's way.
func freeSpace(string) (uint64, error) { return math.MaxUint64, nil }
