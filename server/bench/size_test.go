package bench_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// build makes the executable as the README says.
func build(t testing.TB) string { return buildWith(t, "-trimpath", "-ldflags", "-s -w") }

func buildWith(t testing.TB, flags ...string) string {
	t.Helper()
	program, _ := link(t, flags...)
	return program
}

// link returns the executable and what the linker said.
func link(t testing.TB, flags ...string) (program string, said []byte) {
	t.Helper()
	program = filepath.Join(t.TempDir(), "pocketpass")
	cmd := exec.CommandContext(t.Context(), "go", append(append([]string{"build"}, flags...), "-o", program, "pocketpass")...)
	said, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("build: %v\n%s", err, said)
	}
	return program, said
}

func megabytes(t testing.TB, path string) float64 {
	t.Helper()
	info, err := os.Stat(path)
	must(t, err)
	return float64(info.Size()) / 1e6
}

// TestExecutableSize holds the release to 25 MB.
func TestExecutableSize(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the executable")
	}
	const limit = 25
	if size := megabytes(t, build(t)); size > limit {
		t.Errorf("the executable has %.1f MB, more than %d", size, limit)
	}
}

// TestNoMethodByName: once any code that is reached looks a method up by its name, as
// the templates of the standard library do, the linker keeps all methods of all types: a
// tenth more.
func TestNoMethodByName(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the executable")
	}
	_, said := link(t, "-ldflags", "-dumpdep")
	edges := 0
	for edge := range strings.Lines(string(said)) {
		edges++
		if who, found := strings.CutSuffix(strings.TrimSpace(edge), "<ReflectMethod>"); found {
			t.Errorf("%s", who)
		}
	}
	if edges < 10_000 {
		t.Errorf("the linker named %d dependencies only", edges)
	}
}

// BenchmarkExecutable reports the size of the executable, for a release and with
// everything that debuggers want.
func BenchmarkExecutable(b *testing.B) {
	for b.Loop() {
		b.ReportMetric(megabytes(b, build(b)), "MB")
		b.ReportMetric(megabytes(b, buildWith(b)), "plain-MB")
	}
	b.ReportMetric(0, "ns/op")
}
