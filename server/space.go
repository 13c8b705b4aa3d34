package server

import "fmt"

// leastRoom is the free space, in bytes, below which writes are about to fail.
const leastRoom = 16 << 20

// room is the check that turns readiness red before the disk is full. It stops
// nothing: what still fits is written, and reads go on.
func (a *Appliance) room() error {
	free, err := freeSpace(a.cfg.Data)
	if err != nil {
		return fmt.Errorf("free space of %s: %w", a.cfg.Data, err)
	}
	if free < leastRoom {
		return fmt.Errorf("%d bytes are free for %s, fewer than %d: make room on its disk", free, a.cfg.Data, leastRoom)
	}
	return nil
}
