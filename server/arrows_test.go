package server_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

const module = "pocketpass"

// mayImport says what each package, and those below it, may import of ours. The
// longest prefix that matches counts. Everything else is refused, so that a new
// package is placed on purpose.
var mayImport = map[string]string{
	"":                          "server/cli",
	"signer/pkpass/charset":     "",
	"signer/pkpass":             "signer/pkpass/charset signer/spelling",
	"signer/pkpass/placeholder": "signer/pkpass",
	"signer/pkpass/raster":      "signer/pkpass",
	"signer":                    "signer/pkpass",
	"signer/spelling":           "",
	"push":                      "",
	"ui":                        "ui/barcode ui/markup",
	"ui/markup":                 "",
	"ui/barcode":                "signer/pkpass/charset",
	"store/kv":                  "store/kv",
	"store/kv/durable":          "",
	"store/kv/boltkv":           "store/kv store/kv/durable",
	"store/backup":              "store/kv store/kv/boltkv store/kv/durable",
	"store":                     "store/kv signer/pkpass",
	"server/secret":             "store/kv/durable",
	"server/web":                "signer/spelling",
	"server/outbound":           "",
	"server/sheet":              "",
	"server/post":               "server/outbound",
	"server/post/posttest":      "",
	"server/access":             "server/secret store",
	"server/issuer":             "store/kv server/secret store signer signer/pkpass signer/pkpass/raster push signer/pkpass/placeholder server/post signer/code server/sheet ui/markup",
	"server/api":                "server/web server/access server/issuer server/sheet signer/spelling store signer signer/pkpass push",
	"server/wallet":             "server/web server/issuer store signer/pkpass ui",
	"server/enrol":              "server/web server/issuer store signer/pkpass ui",
	"server/compat":             "server/web server/access server/issuer server/compat/moved store signer/pkpass signer/pkpass/charset",
	"server/compat/moved":       "server/web server/issuer store",
	"server/compat/passkit":     "server/web server/access server/issuer server/compat/moved store signer/pkpass signer/pkpass/charset ui",
	"server/compat/walletkit":   "server/web server/access server/issuer server/compat/moved store signer/pkpass signer/pkpass/charset ui",
	"server/compat/passworks":   "server/web server/access server/issuer store signer/pkpass ui signer/pkpass/charset server/compat/moved",
	"server/compat/compattest":  "server server/compat/moved server/servertest signer store",
	"server/simulator/apns":     "",
	"server/simulator":          "server/simulator/apns signer signer/pkpass signer/pkpass/placeholder",
	"server/demo":               "store/kv/durable server/web server/issuer server/simulator server/simulator/apns signer signer/pkpass store ui",
	"server":                    "server/access server/api server/compat/kony server/compat/passkit server/compat/moved server/compat/passtools server/compat/passworks server/compat/walletkit server/enrol server/issuer server/outbound server/post server/secret signer/spelling server/wallet server/web push signer signer/pkpass store store/backup store/kv store/kv/boltkv ui",
	"server/cli":                "server server/access server/demo server/secret signer/spelling server/web signer signer/pkpass store store/backup store/kv server/move server/outbound",
	"server/move":               "server/compat/moved signer/pkpass",
	"server/servertest":         "store/backup server server/access server/demo server/issuer server/simulator server/simulator/apns server/web signer signer/pkpass store store/kv store/kv/boltkv",
	"signer/code":               "",
}

// TestArrows holds the direction of imports. Dialects never import one another,
// the store knows no rules, the format knows nothing of ours.
func TestArrows(t *testing.T) {
	seen := 0
	for _, p := range packages(t) {
		name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		allowed, known := mayImport[name]
		if len(p.GoFiles) == 0 {
			continue // tests only
		}
		seen++
		if !known {
			allowed, known = parent(name)
		}
		if !known {
			t.Errorf("%s has no place: add it to mayImport", name)
			continue
		}
		for _, imported := range p.Imports {
			ours, ok := strings.CutPrefix(imported, module+"/")
			if ok && !strings.Contains(" "+allowed+" ", " "+ours+" ") {
				t.Errorf("%s imports %s; it may import only: %s", name, ours, allowed)
			}
		}
	}
	if seen < 15 {
		t.Errorf("looked at %d packages only", seen)
	}
}

// parent finds the rule of a package's folder.
func parent(name string) (string, bool) {
	for {
		at := strings.LastIndexByte(name, '/')
		if at < 0 {
			return "", false
		}
		name = name[:at]
		if allowed, ok := mayImport[name]; ok {
			return allowed, true
		}
	}
}

type pkg struct {
	ImportPath string
	GoFiles    []string
	Imports    []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,GoFiles,Imports", module+"/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}
