package pkpass_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"pocketpass/signer/pkpass"
)

func TestReadRefusesBeyondLimits(t *testing.T) {
	declare := func(name string, size uint32) func(*foreign) []byte {
		return patched(name, func(r []byte) { binary.LittleEndian.PutUint32(r[24:], size) })
	}
	tests := []struct {
		name  string
		build func(*foreign) []byte
		what  string
	}{
		{"packed size", func(*foreign) []byte { return make([]byte, 10<<20+1) }, "bytes"},
		{"number of entries", func(f *foreign) []byte {
			for i := range 200 {
				f.more = append(f.more, fmt.Sprint(i))
			}
			return f.pack()
		}, "entries"},
		{"length of a name", with(strings.Repeat("a", 256)), "bytes in a file name"},
		{"ratio", file("zeros", string(make([]byte, 1<<20))), "times the packed size in one entry"},
		{"a lie about the size", declare("pass.json", 40<<20), "times the packed size in one entry"},
		{"unpacked size", func(f *foreign) []byte {
			noise := make([]byte, 200_000)
			rand.NewChaCha8([32]byte{}).Read(noise)
			f.files["a.bin"], f.files["b.bin"] = noise, noise
			out := f.pack()
			for _, name := range []string{"a.bin", "b.bin"} {
				binary.LittleEndian.PutUint32(directoryRecord(f.t, out, name)[24:], 30<<20)
			}
			return out
		}, "unpacked bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			archive := tt.build(newForeign(t))
			before := allocated()
			_, _, err := pkpass.Read(archive, pkpass.Limits{})
			used := allocated() - before
			limit, ok := errors.AsType[*pkpass.LimitError](err)
			if !ok || limit.What != tt.what || limit.Got <= limit.Max {
				t.Fatalf("got %v, want a limit of %s", err, tt.what)
			}
			if used > 1<<20 {
				t.Errorf("refusing took %d bytes of memory", used)
			}
		})
	}
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

func TestReadLimitsCanBeSet(t *testing.T) {
	archive := newForeign(t).pack()
	for _, l := range []pkpass.Limits{{Packed: 100}, {Unpacked: 100}, {Entries: 3}, {NameLength: 5}} {
		if _, _, err := pkpass.Read(archive, l); !isLimit(err) {
			t.Errorf("%+v: got %v", l, err)
		}
	}
}

func isLimit(err error) bool {
	_, ok := errors.AsType[*pkpass.LimitError](err)
	return ok
}

func TestReadWhatIsNoArchive(t *testing.T) {
	sound := newForeign(t).pack()
	end := bytes.LastIndex(sound, []byte("PK\x05\x06"))
	patch := func(at int, value byte) []byte {
		out := bytes.Clone(sound)
		out[at] = value
		return out
	}
	tests := map[string][]byte{
		"nothing":                      nil,
		"a web page":                   []byte("<html>please log in</html>"),
		"an archive cut short":         sound[:len(sound)-30],
		"one part of several":          patch(end+4, 1),
		"a directory elsewhere":        patch(end+17, 0x7f),
		"broken directory":             patch(bytes.Index(sound, []byte("PK\x01\x02")), 'Q'),
		"directory larger than itself": patch(end+14, 0xff),
	}
	hidden := bytes.Clone(sound)
	hidden[end+8]--
	hidden[end+10]--
	tests["more entries than declared"] = hidden
	for name, data := range tests {
		t.Run(name, func(t *testing.T) {
			if _, _, err := pkpass.Read(data, pkpass.Limits{}); !errors.Is(err, pkpass.ErrNotZIP) {
				t.Errorf("got %v", err)
			}
		})
	}
}
