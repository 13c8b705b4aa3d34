package servertest

import (
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"pocketpass/signer"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// Download fetches a pass from its public link and checks it.
func (s *Server) Download(t testing.TB, p store.Pass) signer.Report {
	t.Helper()
	return s.CheckPass(t, s.Anonymous().Get(t, "/p/"+p.PublicID+".pkpass").Status(t, 200).Body)
}

// CheckPass fails the test for whatever Wallet or openssl would say against a
// pass that the server signed, and returns what was read of it.
func (s *Server) CheckPass(t testing.TB, data []byte) signer.Report {
	t.Helper()
	r, err := signer.Lint(data, s.Clock.Now())
	if err != nil {
		t.Fatalf("the file is no pass: %v", err)
	}
	for _, f := range r.Findings {
		if f.Severity != pkpass.Note && !(s.local && slices.Contains(ofLocal, f.Code)) {
			t.Errorf("the pass is faulty: %s at %s: %s", f.Code, f.Path, f.Effect)
		}
	}
	s.CheckSignature(t, r.Contents.Signature, r.Contents.Manifest)
	return r
}

// ofLocal is what a server that is reached at this machine's address alone cannot do better.
var ofLocal = []string{"web_service_url_insecure", "web_service_url_private"}

// CheckSignature has openssl verify a detached signature up to the demo
// authority's root. It does nothing where there is no openssl and no CI.
func (s *Server) CheckSignature(t testing.TB, signature, content []byte) {
	t.Helper()
	bin, err := exec.LookPath("openssl")
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal("openssl is missing: CI has to install it")
	} else if err != nil {
		t.Log("openssl is not installed: it has not verified the signature")
		return
	}
	dir := t.TempDir()
	root := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Stage.Authority.Root.Raw})
	for name, data := range map[string][]byte{"signature": signature, "content": content, "root.pem": root} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), bin, "cms", "-verify", "-binary", "-inform", "DER", "-in", "signature", "-content", "content",
		"-CAfile", "root.pem", "-purpose", "any", "-attime", fmt.Sprint(s.Clock.Now().Unix()), "-out", os.DevNull)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("openssl refuses the signature: %v: %s", err, out)
	}
}
