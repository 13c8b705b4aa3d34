package secret_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"pocketpass/server/secret"
)

func TestKeyFileIsMadeOnceAndGuarded(t *testing.T) {
	dir := t.TempDir()
	first, err := secret.LoadOrCreate(dir)
	if err != nil {
		t.Fatal(err)
	}
	second, err := secret.LoadOrCreate(dir)
	if err != nil {
		t.Fatal(err)
	}
	if first.Derive("key", "a") != second.Derive("key", "a") {
		t.Error("a second start derives other secrets")
	}
	path := filepath.Join(dir, secret.FileName)
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("key file has mode %o", info.Mode().Perm())
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := secret.LoadOrCreate(dir); err == nil {
		t.Error("a key file that everyone can read was accepted")
	}
}

// However many start at once in an empty folder, they agree on one key.
func TestFirstStartsAtOnceShareAKey(t *testing.T) {
	dir := t.TempDir()
	var g sync.WaitGroup
	secrets := make([]string, 16)
	for n := range secrets {
		g.Go(func() {
			m, err := secret.LoadOrCreate(dir)
			if err != nil {
				t.Error(err)
				return
			}
			secrets[n] = m.Derive("key", "a")
		})
	}
	g.Wait()
	if slices.Sort(secrets); secrets[0] != secrets[len(secrets)-1] {
		t.Error("two starts have different keys")
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("the folder holds %d files, want the key alone", len(files))
	}
}

func TestDerivedSecretsDiffer(t *testing.T) {
	m, _ := secret.New(make([]byte, secret.Size))
	seen := map[string]string{}
	for _, c := range [][2]string{{"key", "a"}, {"key", "b"}, {"pass", "a"}, {"pas", "sa"}, {"", "key\x00a"}} {
		s := m.Derive(c[0], c[1])
		if len(s) != 32 {
			t.Errorf("Derive(%q) has %d characters", c, len(s))
		}
		if other, ok := seen[s]; ok {
			t.Errorf("%q and %q share a secret", c, other)
		}
		seen[s] = c[0] + "|" + c[1]
	}
}

func TestSealBindsTheName(t *testing.T) {
	m, _ := secret.New(make([]byte, secret.Size))
	other, _ := secret.New(bytes.Repeat([]byte{1}, secret.Size))
	sealed := m.Seal("certificate 1", []byte("private"))
	if plain, err := m.Open("certificate 1", sealed); err != nil || string(plain) != "private" {
		t.Errorf("Open = %q, %v", plain, err)
	}
	if _, err := m.Open("certificate 2", sealed); !errors.Is(err, secret.ErrWrongMaster) {
		t.Errorf("opened under another name: %v", err)
	}
	if _, err := other.Open("certificate 1", sealed); !errors.Is(err, secret.ErrWrongMaster) {
		t.Errorf("opened with another key: %v", err)
	}
	sealed[len(sealed)-1] ^= 1
	if _, err := m.Open("certificate 1", sealed); !errors.Is(err, secret.ErrWrongMaster) {
		t.Errorf("opened a changed ciphertext: %v", err)
	}
}
