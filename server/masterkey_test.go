package server_test

import (
	"bytes"
	"encoding/base64"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pocketpass/server"
	"pocketpass/server/secret"
)

// A database does not start with another master key than its own, and none is
// made beside it.
func TestMasterKeyBelongsToTheDatabase(t *testing.T) {
	cfg := server.DefaultConfig()
	cfg.Data, cfg.Listen = t.TempDir(), "127.0.0.1:0"
	file := filepath.Join(cfg.Data, secret.FileName)
	start := func(cfg server.Config) error {
		a, err := server.Open(t.Context(), cfg, server.Options{Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			return err
		}
		return a.Close()
	}
	if err := start(cfg); err != nil {
		t.Fatal(err)
	}
	own, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	other := cfg
	other.MasterKey = server.Secret(base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{1}, secret.Size)))
	for _, tt := range []struct {
		name, content string // of the file; "" means that there is none
		cfg           server.Config
		want          string
	}{
		{"another in the settings", string(own), other, "restore the matching master.key"},
		{"another in the file", string(other.MasterKey), cfg, "restore the matching master.key"},
		{"lost", "", cfg, "put back the one that belongs to the database"},
		{"damaged", "AAAA", cfg, "put back the one that belongs to the database"},
	} {
		if err := os.Remove(file); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		if tt.content != "" {
			if err := os.WriteFile(file, []byte(tt.content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := start(tt.cfg); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
		if now, _ := os.ReadFile(file); string(now) != tt.content {
			t.Errorf("%s: the key file was changed", tt.name)
		}
	}
	if err := os.WriteFile(file, own, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := start(cfg); err != nil {
		t.Errorf("with its own key again: %v", err)
	}
}
