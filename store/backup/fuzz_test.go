package backup_test

import (
	"bytes"
	"testing"

	"pocketpass/store/backup"
)

// FuzzVerify feeds foreign and broken archives to the reader: it may refuse them
// and must not do anything else. What it takes it takes again.
func FuzzVerify(f *testing.F) {
	good := archive(f, 3)
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add(bytes.Repeat([]byte{0}, 1024))
	f.Add([]byte("pocketpass-backup"))
	f.Fuzz(func(t *testing.T, data []byte) {
		first, err := backup.Verify(bytes.NewReader(data))
		if err != nil {
			return
		}
		second, err := backup.Verify(bytes.NewReader(data))
		if err != nil || len(first.Files) != len(second.Files) {
			t.Errorf("took it as %v, then as %v, %v", first, second, err)
		}
	})
}
