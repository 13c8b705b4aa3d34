package bench_test

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
	"pocketpass/store/backup"
)

// million asks for what takes minutes: filling a database with a million passes.
var million = flag.Bool("million", os.Getenv("POCKETPASS_MILLION") == "1", "compare with a million passes instead of 20,000")

const (
	few     = 1000
	devices = 200 // that are registered, in either database
)

func many() int {
	if *million {
		return 1_000_000
	}
	return 20_000
}

// BenchmarkScale compares what phones and tills ask most with few passes in the
// database and with many. Its ratios are time with many ÷ time with few.
func BenchmarkScale(b *testing.B) {
	small, large := grown(b, few), grown(b, many())
	b.Run("list", func(b *testing.B) { flat(b, small, large, (*shop).lists) })
	b.Run("download", func(b *testing.B) { flat(b, small, large, (*shop).downloads) })
	b.Run("page", func(b *testing.B) { flat(b, small, large, (*shop).pages) })
	b.Run("report", func(b *testing.B) { flat(b, small, large, (*shop).reports) })
	b.Run("publish", func(b *testing.B) { compare(b, large.publish(b), small.publish(b), "few/s") })
}

// shop is an appliance with passes, some of them on devices.
type shop struct {
	*appliance
	installed []store.Pass
}

func grown(b testing.TB, n int) *shop {
	b.Helper()
	s := &shop{appliance: start(b, folder(b))}
	s.installed = s.fill(b, n, devices)
	s.register(b, s.installed)
	s.year(b)
	return s
}

// year counts something on each day of the last year.
func (s *shop) year(b testing.TB) {
	b.Helper()
	var day time.Time
	past, err := store.Open(b.Context(), s.Store.Engine(), func() time.Time { return day })
	must(b, err)
	for n := range 365 {
		day = time.Now().AddDate(0, 0, -n)
		must(b, past.Update(b.Context(), func(tx store.Tx) error {
			tx.Tally(store.Creates, 1, store.Scope{Org: s.actor.Org, ID: s.campaign.ID})
			return nil
		}))
	}
}

func flat(b *testing.B, small, large *shop, requests func(*shop, testing.TB) [][]byte) {
	sides := make([]side, 2)
	for i, s := range []*shop{small, large} {
		all := requests(s, b)
		phones := clients(b, s.addr, callers)
		for _, r := range all {
			must(b, phones[0].send(r, http.StatusOK))
		}
		sides[i] = repeat(b, phones, all, http.StatusOK)
	}
	compare(b, sides[1], sides[0], "few/s")
}

// lists ask what is new for each device, as after a push.
func (s *shop) lists(testing.TB) (out [][]byte) {
	for _, p := range s.installed {
		out = append(out, get("/wallet/v1/devices/"+library(p)+"/registrations/"+passType+"?passesUpdatedSince=0"))
	}
	return out
}

func (s *shop) downloads(b testing.TB) [][]byte { return s.fetches(b, s.installed) }

// pages are pages of the native list, newest first and from the middle.
func (s *shop) pages(testing.TB) (out [][]byte) {
	for _, p := range s.installed[:shelf] {
		out = append(out, get("/api/v1/passes?campaign="+s.campaign.ID.Short()+"&cursor="+p.ID.Short(), bearer))
	}
	return out
}

// reports are reports of a whole year.
func (s *shop) reports(testing.TB) [][]byte {
	from := time.Now().AddDate(0, 0, -364).Format(time.DateOnly)
	return [][]byte{get("/api/v1/reports?campaign="+s.campaign.ID.Short()+"&from="+from, bearer)}
}

// publish gives the template another colour and puts it in force, again and again.
// The devices are told beside it.
func (s *shop) publish(b testing.TB) side {
	edited, err := s.Issuer.Template(b.Context(), s.actor, s.campaign.Template)
	must(b, err)
	shade := 0
	return func() run {
		r := run{}
		begun := time.Now()
		for time.Since(begun) < turn {
			shade++
			d := edited.Draft
			d.Document = bytes.Replace(d.Document, []byte("{"), fmt.Appendf(nil, `{"maxDistance": %d,`, shade), 1)
			_, err := s.Issuer.ChangeTemplate(b.Context(), s.actor, s.campaign.Template, issuer.TemplateChange{Design: &d})
			must(b, err)
			_, err = s.Issuer.PublishTemplate(b.Context(), s.actor, s.campaign.Template, nil)
			must(b, err)
			r.calls++
		}
		r.elapsed = time.Since(begun)
		return r
	}
}

// BenchmarkLarge starts the executable on a large database and reports what it
// takes: time until it is ready, anonymous memory when idle, and disk.
func BenchmarkLarge(b *testing.B) {
	program := build(b)
	dir := folder(b)
	filled := false
	b.Run("fill", func(b *testing.B) { // in a run of its own, at whose end the database is closed
		if !filled {
			start(b, dir).fill(b, many(), 0)
			filled = true
		}
	})
	size, err := os.Stat(filepath.Join(dir, backup.DefaultDatabase))
	must(b, err)
	var ready, memory []float64
	b.Run("start", func(b *testing.B) {
		for b.Loop() {
			took, anonymous := once(b, program, dir)
			ready, memory = append(ready, took.Seconds()*1000), append(memory, anonymous)
		}
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(median(ready), "ms-to-ready")
		b.ReportMetric(median(memory), "idle-MB")
		b.ReportMetric(float64(size.Size())/1e6, "disk-MB")
		b.ReportMetric(float64(size.Size())/float64(many()), "disk-B/pass")
	})
}

// once starts the program, waits until it is ready, asks what it holds when a second
// has passed, and stops it.
func once(b *testing.B, program, dir string) (ready time.Duration, anonymousMB float64) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "serve", "--data", dir, "--listen", "127.0.0.1:0", "--base-url", baseURL)
	out, err := cmd.StdoutPipe()
	must(b, err)
	begun := time.Now()
	must(b, cmd.Start())
	addr := address(b, bufio.NewScanner(out))
	c := clients(b, addr, 1)[0]
	must(b, c.send(get("/readyz"), http.StatusOK))
	ready = time.Since(begun)
	time.Sleep(time.Second) // its workers have had their first turn
	anonymousMB = anonymous(b, cmd.Process.Pid)
	must(b, cmd.Process.Signal(syscall.SIGTERM))
	must(b, cmd.Wait())
	return ready, anonymousMB
}

// address reads on which address the program listens.
func address(b *testing.B, lines *bufio.Scanner) string {
	b.Helper()
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), "listening on "); ok {
			addr, _, _ := strings.Cut(rest, ",")
			return addr
		}
	}
	b.Fatal("the program does not say where it listens")
	return ""
}

// anonymous is the memory of a process that is not the page cache's, in MB.
func anonymous(b *testing.B, pid int) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		b.Skip(err)
	}
	for line := range bytes.Lines(text) {
		if f := bytes.Fields(line); len(f) == 3 && string(f[0]) == "Anonymous:" {
			kB, err := strconv.Atoi(string(f[1]))
			must(b, err)
			return float64(kB) * 1024 / 1e6
		}
	}
	b.Fatal("smaps_rollup has no line Anonymous")
	return 0
}
