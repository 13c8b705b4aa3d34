package boltkv

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

// holder names the process that has path locked. The kernel lists locks one a
// line, "1: FLOCK ADVISORY WRITE <pid> <device>:<inode> 0 EOF". Devices are spelt
// differently by some file systems, so only the inode is compared and two
// candidates name none.
func holder(path string) string {
	const unknown = "another process"
	var st syscall.Stat_t
	locks, err := os.ReadFile("/proc/locks")
	if err != nil || syscall.Stat(path, &st) != nil {
		return unknown
	}
	pids := map[string]bool{}
	pid := ""
	for line := range strings.Lines(string(locks)) {
		f := strings.Fields(line)
		if len(f) > 5 && f[1] == "FLOCK" && strings.HasSuffix(f[5], fmt.Sprintf(":%d", st.Ino)) {
			pid = f[4]
			pids[pid] = true
		}
	}
	if len(pids) != 1 || pid == "0" { // 0 is a process outside of this container
		return unknown
	}
	return "process " + pid
}

// release closes f and gives up its lock, which a mapping that was left behind
// would keep alive.
func release(f *os.File) {
	syscall.Flock(int(f.Fd()), syscall.LOCK_UN)
	f.Close()
}
