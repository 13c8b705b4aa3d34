package crashtest_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// disk is an ext4 file system of its own in a file, on a loop device.
type disk struct {
	image, dir string
}

// newDisk makes and mounts one of a number of MiB. It is unmounted when the test
// ends. Only root can do that, where there are loop devices; elsewhere the test is
// skipped, but not in a CI that has both.
func newDisk(t testing.TB, size int64) *disk {
	t.Helper()
	_, loop := os.Stat("/dev/loop-control")
	able := os.Geteuid() == 0 && loop == nil
	if !able {
		t.Skip("SKIPPED: NO POWER CUT AND NO FULL DISK ARE TESTED HERE. It takes root and loop devices: run as root with /dev/loop-control")
	}
	base := t.TempDir()
	d := &disk{image: filepath.Join(base, "image"), dir: filepath.Join(base, "mount")}
	err := errors.Join(os.WriteFile(d.image, nil, 0o600), os.Truncate(d.image, size<<20), os.Mkdir(d.dir, 0o700))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.unmount(t) })
	if err := errors.Join(d.format(), d.mount()); err != nil {
		if os.Getenv("CI") != "true" {
			t.Skipf("SKIPPED: NO POWER CUT AND NO FULL DISK ARE TESTED HERE. This root may not mount a loop device: %v", err)
		}
		t.Fatal(err)
	}
	return d
}

// data is the data folder of a server on the disk.
func (d *disk) data() string { return filepath.Join(d.dir, "data") }

// format keeps no blocks back for root, so that a full disk is full.
func (d *disk) format() error { return tool("mkfs.ext4", "-q", "-F", "-m", "0", d.image) }

func (d *disk) mount() error { return tool("mount", "-o", "loop", d.image, d.dir) }

// tool runs a program and makes an error of what it said.
func tool(name string, args ...string) error {
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		return errors.Join(err, errors.New(string(out)))
	}
	return nil
}

// unmount detaches the loop device too. Nothing may be left behind, so at the worst
// it is unmounted as soon as nobody uses it.
func (d *disk) unmount(t testing.TB) {
	err := unix.Unmount(d.dir, 0)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for last := time.Now().Add(5 * time.Second); errors.Is(err, unix.EBUSY) && time.Now().Before(last); <-tick.C {
		err = unix.Unmount(d.dir, 0) // somebody else looks at it, as a desktop does at new disks
	}
	if errors.Is(err, unix.EBUSY) {
		t.Errorf("%s is still in use", d.dir)
		err = unix.Unmount(d.dir, unix.MNT_DETACH)
	}
	if err != nil && !errors.Is(err, unix.EINVAL) { // EINVAL: it is not mounted
		t.Errorf("unmount %s: %v", d.dir, err)
	}
}

// remount is what happens when the power comes back: the journal is replayed.
func (d *disk) remount(t testing.TB) {
	t.Helper()
	d.unmount(t)
	if err := d.mount(); err != nil {
		t.Fatal(err)
	}
}

// From linux/fs/ext4/ext4.h.
const (
	ext4Shutdown  = 2<<30 | 4<<16 | 'X'<<8 | 125 // EXT4_IOC_SHUTDOWN = _IOR('X', 125, __u32)
	withoutTheLog = 2                            // EXT4_GOING_FLAGS_NOLOGFLUSH
)

// cut stops the file system like a power cut: what was not synced is gone, and every
// later read from the disk, write and sync is an error.
func (d *disk) cut(t testing.TB) {
	f, err := os.Open(d.dir)
	if err == nil {
		err = errors.Join(unix.IoctlSetPointerInt(int(f.Fd()), ext4Shutdown, withoutTheLog), f.Close())
	}
	if err != nil {
		t.Errorf("shut down the file system: %v", err)
	}
}

// fill leaves no block free and returns how to undo that.
func (d *disk) fill(t testing.TB) (empty func()) {
	t.Helper()
	f, err := os.Create(filepath.Join(d.dir, "ballast"))
	if err != nil {
		t.Error(err)
		return func() {}
	}
	defer f.Close()
	for size := 1 << 20; size > 0; {
		if _, err := f.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
	if err := f.Sync(); err != nil && !errors.Is(err, unix.ENOSPC) {
		t.Error(err)
	}
	return func() {
		if err := os.Remove(f.Name()); err != nil {
			t.Error(err)
		}
	}
}
